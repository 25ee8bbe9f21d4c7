//! By which names a server may be called, and from whose pages.
//!
//! A foreign page can lead its own name to this machine (DNS rebinding), and can make a
//! browser send requests here (CSRF). The first shows in `Host`, the second in `Origin` and
//! `Sec-Fetch-Site`.

use std::{net::IpAddr, sync::Arc};

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{HOST, ORIGIN},
    uri::Authority,
};

use crate::http::Problem;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The name of the machine itself.
const SELF: &str = "localhost";

/// Names by which a server is called.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Arc<[String]>);

impl Hosts {
    /// These, `localhost`, and every address: nobody can lead an address elsewhere.
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.into())
    }

    /// Whether a request is for this server, and from a page of its own if from any.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), Problem> {
        let headers = request.headers();
        let host = only(headers, HOST)?.ok_or(Problem::Header {
            name: "host",
            expected: "the name of this server",
        })?;
        let host: Authority = host.parse().map_err(|_| Problem::Header {
            name: "host",
            expected: "a name or an address, and a port",
        })?;
        let target = request.uri().authority();
        if !self.knows(&host) || target.is_some_and(|target| !self.knows(target)) {
            return Err(Problem::Host);
        }
        if let Some(origin) = only(headers, ORIGIN)?
            && !self.is_own(origin, &host)
        {
            return Err(Problem::Origin);
        }
        // Browsers say so also where they leave out the origin.
        let foreign = headers
            .get(FETCH_SITE)
            .is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
        let link = *request.method() == Method::GET
            && headers.get(FETCH_MODE).map(HeaderValue::as_bytes) == Some(b"navigate");
        if foreign && !link {
            return Err(Problem::Origin);
        }
        Ok(())
    }

    fn knows(&self, authority: &Authority) -> bool {
        // What has a user before it, or no number for a port, is no host.
        let host = authority.host();
        let port = authority.as_str().strip_prefix(host);
        let is_host = port.is_some_and(|port| port.is_empty() || authority.port_u16().is_some());
        is_host && self.knows_name(host)
    }

    fn knows_name(&self, host: &str) -> bool {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        bare.unwrap_or(host).parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case(SELF)
            || self.names(host)
    }

    fn names(&self, host: &str) -> bool {
        self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// Whether an origin is the page of this server: called as the request calls it, or by a
    /// name that it was given, which a proxy may have on the outside.
    fn is_own(&self, origin: &str, host: &Authority) -> bool {
        let mut schemes = ["http://", "https://"].into_iter();
        let Some(rest) = schemes.find_map(|scheme| origin.strip_prefix(scheme)) else {
            return false;
        };
        rest.parse::<Authority>().is_ok_and(|origin| {
            origin.as_str().eq_ignore_ascii_case(host.as_str())
                || (!origin.as_str().contains('@') && self.names(origin.host()))
        })
    }
}

/// The value of a header that stands there once or not at all.
fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Problem> {
    let wrong = Problem::Header {
        name: if name == HOST { "host" } else { "origin" },
        expected: "one, of ASCII characters",
    };
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(wrong);
    }
    first
        .map(HeaderValue::to_str)
        .transpose()
        .map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], headers: &[(&str, &str)]) -> Result<(), String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut request = Request::post("/v1/read");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let checked = Hosts::new(&names).check(&request.body(()).unwrap());
        checked.map_err(|problem| problem.to_string())
    }

    #[test]
    fn addresses_and_given_names_are_this_server() {
        for host in [
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:1",
            "[::1]:80",
            "10.0.0.7",
            "slips.lan",
        ] {
            assert_eq!(check(&["slips.lan"], &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.com",
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "a@127.0.0.1",
            "slips.lan.",
            "127.0.0.1:x",
            "127.0.0.1:99999",
        ] {
            assert!(check(&["slips.lan"], &[("host", host)]).is_err(), "{host}");
        }
        assert!(check(&[], &[("host", "slips.lan")]).is_err());
        assert!(check(&[], &[]).is_err(), "no host");
        assert!(check(&[], &[("host", "localhost"), ("host", "evil.com")]).is_err());
    }

    #[test]
    fn pages_of_others_are_refused() {
        let own = ("host", "127.0.0.1:8080");
        for (names, origin, fine) in [
            (&[][..], "http://127.0.0.1:8080", true),
            (&[], "http://127.0.0.1:8081", false),
            (&[], "http://localhost:8080", false),
            (&[], "http://evil.com", false),
            (&[], "null", false),
            (&[], "file://127.0.0.1:8080", false),
            // A proxy that ends TLS.
            (&["slips.example"], "https://slips.example", true),
            (&["slips.example"], "https://a@slips.example", false),
            (&["slips.example"], "https://evil.com", false),
        ] {
            let got = check(names, &[own, ("origin", origin)]);
            assert_eq!(got.is_ok(), fine, "{origin}: {got:?}");
        }
        for (site, mode, fine) in [
            ("same-origin", "cors", true),
            ("none", "navigate", true),
            ("cross-site", "no-cors", false),
            ("same-site", "cors", false),
            // By POST: no link.
            ("cross-site", "navigate", false),
        ] {
            let got = check(
                &[],
                &[own, ("sec-fetch-site", site), ("sec-fetch-mode", mode)],
            );
            assert_eq!(got.is_ok(), fine, "{site} {mode}");
        }
    }
}
