//! One route as a configuration says it.

use std::{fmt, str::FromStr};

use ipnet::IpNet;
use smoltcp::wire::EthernetAddress;

/// Where packets of a route go next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct NextHop {
    /// The hardware address of the next router or host.
    pub mac: EthernetAddress,
    /// The index of the port that leads to it.
    pub port: usize,
}

/// A route: `CIDR,next-hop MAC,lport index`, as in CNDP's `l3fwd-fib-rules`, for IPv4 and IPv6.
///
/// ```
/// use portway_dataplane::RouteRule;
///
/// let rule: RouteRule = "10.1.0.0/16,02:00:00:00:00:01,1".parse()?;
/// assert_eq!(rule.next_hop.port, 1);
/// # Ok::<(), portway_dataplane::RouteRuleError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RouteRule {
    /// The destinations. Bits behind its length do not count.
    pub prefix: IpNet,
    /// Where they go.
    pub next_hop: NextHop,
}

/// Why a text is no route.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{text:?} is no route: {problem}; write `CIDR,MAC,PORT-INDEX`, as `10.1.0.0/16,02:00:00:00:00:01,0`"
)]
pub struct RouteRuleError {
    text: String,
    problem: &'static str,
}

impl FromStr for RouteRule {
    type Err = RouteRuleError;

    fn from_str(text: &str) -> Result<Self, RouteRuleError> {
        parse(text).map_err(|problem| RouteRuleError {
            text: text.to_owned(),
            problem,
        })
    }
}

impl fmt::Display for RouteRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NextHop { mac, port } = self.next_hop;
        write!(formatter, "{},{mac},{port}", self.prefix)
    }
}

fn parse(text: &str) -> Result<RouteRule, &'static str> {
    let mut fields = text.split(',').map(str::trim);
    let (Some(prefix), Some(mac), Some(port), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("it has not three fields");
    };
    let prefix: IpNet = prefix
        .parse()
        .map_err(|_| "its first field is no prefix with a length")?;
    Ok(RouteRule {
        prefix: prefix.trunc(),
        next_hop: NextHop {
            mac: parse_mac(mac).ok_or("its second field is no hardware address")?,
            port: port
                .parse()
                .map_err(|_| "its third field is no index of a port")?,
        },
    })
}

/// Six numbers of two hexadecimal digits, with `:` or `-` between them.
fn parse_mac(text: &str) -> Option<EthernetAddress> {
    let mut bytes = [0; 6];
    let mut numbers = text.split([':', '-']);
    for byte in &mut bytes {
        let digits = numbers.next()?;
        let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !matches!(digits.len(), 1 | 2) || !is_hexadecimal {
            return None;
        }
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    let mac = EthernetAddress(bytes);
    (numbers.next().is_none() && mac.is_unicast()).then_some(mac)
}
