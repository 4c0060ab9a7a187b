#!/usr/bin/env python3
"""Checks deploy/kubernetes without a cluster.

usage: kubernetes.py PORTWAY NETWORKS-CRD
"""

import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import kubernetes_validate
import yaml

FOLDER = pathlib.Path("deploy/kubernetes")
POOL = "portway"
RESOURCE = f"afxdp/{POOL}"
# The variable by which the device plugin tells the devices of a pool.
VARIABLE = f"AFXDP_DEVICES_{POOL.upper()}"
# Old and new releases that are still run somewhere.
RELEASES = ["1.29", "1.32", "1.37"]


def documents():
    """Every object that is applied."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    for name in kustomization["resources"]:
        yield from yaml.safe_load_all((FOLDER / name).read_text())


def check_schemas(objects, definition):
    """Each object is what its kind may be, and has no field that its kind has not."""
    networks = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for found in objects:
        kind = found["kind"]
        if kind == definition["spec"]["names"]["kind"]:
            jsonschema.validate(found, networks)
            assert found["apiVersion"] == definition["spec"]["group"] + "/v1", found["apiVersion"]
            continue
        for release in RELEASES:
            kubernetes_validate.validate(found, release, strict=True)


def check_references(objects):
    """The files agree with each other."""
    by_kind = {found["kind"]: found for found in objects}
    namespace = by_kind["Namespace"]["metadata"]["name"]
    for found in objects:
        assert found["metadata"].get("namespace", namespace) == namespace, found["metadata"]
    network, settings = by_kind["NetworkAttachmentDefinition"], by_kind["ConfigMap"]
    annotations = network["metadata"]["annotations"]
    assert annotations["k8s.v1.cni.cncf.io/resourceName"] == RESOURCE
    cni = json.loads(network["spec"]["config"])
    assert (cni["type"], cni["mode"]) == ("afxdp", "primary"), cni

    daemon = by_kind["DaemonSet"]["spec"]
    pod = daemon["template"]
    labels = daemon["selector"]["matchLabels"].items()
    assert labels <= pod["metadata"]["labels"].items()
    wanted = pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"]
    assert wanted == network["metadata"]["name"]
    (container,) = pod["spec"]["containers"]
    for kind in ["requests", "limits"]:
        assert container["resources"][kind][RESOURCE] == "1"
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert mounts.keys() == volumes.keys()
    assert volumes["configuration"]["configMap"]["name"] == settings["metadata"]["name"]
    (name,) = settings["data"]
    assert f"{mounts['configuration']}/{name}" in container["args"]
    ports = {port["name"] for port in container["ports"]}
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"]:
        assert container[probe]["httpGet"]["port"] in ports

    pools = json.loads((FOLDER / "device-plugin-pool.json").read_text())["pools"]
    assert [(pool["name"], pool["mode"]) for pool in pools] == [(POOL, cni["mode"])]
    return container, settings["data"][name]


def check_privileges(container):
    """CAP_NET_RAW and nothing else."""
    context = container["securityContext"]
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
    assert not context["privileged"] and not context["allowPrivilegeEscalation"]
    assert context["readOnlyRootFilesystem"]


def check_configuration(text, container, portway):
    """portway understands the configuration and the arguments that the pod gives it."""
    path = pathlib.Path("target/test/kubernetes/net.jsonc")
    path.write_text(text)
    environment = {**os.environ, VARIABLE: "lo"}
    command = [portway, "net", "check", "--json", str(path)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    report = json.loads(result.stdout)
    assert report["errors"] == [] and report["warnings"] == [], report
    (port,) = report["ports"]
    assert port["name"] == "lo:0" and "/tmp/afxdp_dp/lo/afxdp.sock" in port["how"], port
    (region,) = report["regions"]
    # What a pod without CAP_IPC_LOCK may lock where nobody changed it.
    assert region["buffers"] * region["buffer_size"] <= 8 << 20, region
    helped = subprocess.run([portway, *container["args"], "--help"], capture_output=True, timeout=30)
    assert helped.returncode == 0, helped


def main():
    """Checks everything; the first thing that does not hold is told."""
    portway, definition = sys.argv[1:]
    objects = list(documents())
    check_schemas(objects, yaml.safe_load(pathlib.Path(definition).read_text()))
    container, configuration = check_references(objects)
    check_privileges(container)
    check_configuration(configuration, container, portway)
    kinds = ", ".join(found["kind"] for found in objects)
    print(f"{kinds}: valid for Kubernetes {', '.join(RELEASES)}")


if __name__ == "__main__":
    main()
