// CGO_CFLAGS=-I.../include CGO_LDFLAGS="-L... -Wl,-rpath,..." go run . HOST:PORT
package main

/*
#cgo LDFLAGS: -lignite
#include <ignite.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// failure turns the outcome of a call into an error.
func failure(result uint32, said *C.ignite_error) error {
	if result == C.IGNITE_RESULT_OK {
		return nil
	}
	return errors.New(C.GoString(&said.message[0]))
}

func hello(addresses string) error {
	var said C.ignite_error
	var options *C.ignite_options
	var client *C.ignite_client
	var cache *C.ignite_cache

	text := C.CString(addresses)
	defer C.free(unsafe.Pointer(text))
	if err := failure(C.ignite_options_new(text, &options, &said), &said); err != nil {
		return err
	}
	defer C.ignite_options_free(options, nil)
	if err := failure(C.ignite_client_new(options, &client, &said), &said); err != nil {
		return err
	}
	defer C.ignite_client_free(client, nil)
	name := C.CString("hello")
	defer C.free(unsafe.Pointer(name))
	if err := failure(C.ignite_client_get_or_create_cache(client, name, &cache, &said), &said); err != nil {
		return err
	}
	defer C.ignite_cache_free(cache, nil)

	key := C.CString("go")
	defer C.free(unsafe.Pointer(key))
	var visits C.int64_t
	result := C.ignite_cache_get_string_int64(cache, key, &visits, &said)
	if result != C.IGNITE_RESULT_NOT_FOUND {
		if err := failure(result, &said); err != nil {
			return err
		}
	}
	if err := failure(C.ignite_cache_put_string_int64(cache, key, visits+1, &said), &said); err != nil {
		return err
	}
	fmt.Printf("Hello from Go, visit %d\n", visits+1)
	return nil
}

func main() {
	addresses := "127.0.0.1:10800"
	if len(os.Args) > 1 {
		addresses = os.Args[1]
	}
	if err := hello(addresses); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}
