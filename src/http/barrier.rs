//! What stands between here and a host and will not pass by itself: to try again would only take time.

use std::error::Error;
use std::io;

use rustls::pki_types::InvalidDnsNameError;
use rustls::{AlertDescription, CertificateError};

/// Why there can be no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// No authority that is trusted here has signed the host's certificate.
    Untrusted,
    /// The host's own certificate is that of an authority.
    Authority,
    /// The host's certificate is for other names.
    OtherName,
    /// The host's certificate has expired.
    Expired,
    /// The host's certificate is not valid yet.
    NotYetValid,
    /// Something else is wrong with the host's certificate.
    Certificate,
    /// There is no TLS on that port, or none that both sides know.
    NoTls,
    /// There is no host of that name.
    NoSuchHost,
    /// There is no proxy of that name.
    NoSuchProxy,
    /// The proxy did not accept the user and password.
    ProxySignIn,
    /// The proxy leads to other hosts only.
    ProxyRefuses,
}

impl Barrier {
    /// What an error comes from, if it is one of these.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
        let says = |words: &str| texts.iter().any(|text| text.contains(words));
        let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(barrier) = tls.and_then(of_tls) {
            return Some(barrier);
        }
        if causes(error).any(<dyn Error>::is::<InvalidDnsNameError>) {
            return Some(Self::NoSuchHost);
        }
        // Neither the type of the one nor the number of the other is told.
        if says("proxy authorization required") {
            return Some(Self::ProxySignIn);
        }
        let is_no_name = says("failed to lookup address information") && NO_NAME.iter().any(|words| says(words));
        is_no_name.then(|| if says("tunnel error") { Self::NoSuchProxy } else { Self::NoSuchHost })
    }

    /// What it is, to be read after the host and a colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "its certificate is signed by an authority that is not trusted here",
            Self::Authority => "its certificate is that of a certificate authority, and not one for a host",
            Self::OtherName => "its certificate is for other names",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::Certificate => "its certificate can't be used",
            Self::NoTls => "it does not speak TLS there, or none that is spoken here (1.2 and 1.3)",
            Self::NoSuchHost => "there is no host of that name",
            Self::NoSuchProxy => "there is no proxy of the name that leads there",
            Self::ProxySignIn => "the proxy on the way did not accept the user and password",
            Self::ProxyRefuses => "the proxy on the way does not lead there",
        }
    }

    /// What to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Untrusted => {
                "the host's certificate is not trusted here: set SSL_CERT_FILE, or input `ca-file`, to a PEM file with \
                 the certificate authority that signed it"
            }
            Self::Authority => {
                "have a certificate issued for the host that is no authority itself (basicConstraints CA:FALSE), and name \
                 the authority that signs it in `ca-file`. The one that `openssl req -x509` makes by itself is an authority"
            }
            Self::OtherName => "write `api-url` with a name that the host's certificate has",
            Self::Expired => "have the host's certificate renewed; if it is valid, check the clock of this machine",
            Self::NotYetValid => "check the clock of this machine, then the host's certificate",
            Self::Certificate => "have the host's certificate issued anew",
            Self::NoTls => {
                "check the port in `api-url`; a proxy that is named with https:// is spoken to with TLS as well"
            }
            Self::NoSuchHost => "check `api-url`, and that the name can be looked up on this machine",
            Self::NoSuchProxy => "check HTTPS_PROXY, or except the host with NO_PROXY",
            Self::ProxySignIn => {
                "check the user and password in HTTPS_PROXY (percent-encoded), or except the host with NO_PROXY"
            }
            Self::ProxyRefuses => {
                "ask who runs the proxy in HTTPS_PROXY to let this machine reach the host, or except it with NO_PROXY"
            }
        }
    }
}

/// How systems say that a name has no address, as opposed to that they could not ask.
const NO_NAME: [&str; 5] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
    "nodename nor servname provided",
];

fn of_tls(error: &rustls::Error) -> Option<Barrier> {
    Some(match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => Barrier::Untrusted,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Barrier::OtherName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Barrier::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Barrier::NotYetValid,
            // The type is rustls-webpki's, which rustls does not pass on.
            CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => Barrier::Authority,
            _ => Barrier::Certificate,
        },
        rustls::Error::NoCertificatesPresented => Barrier::Certificate,
        rustls::Error::InvalidMessage(_)
        | rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
            Barrier::NoTls
        }
        _ => return None,
    })
}

/// The error and its causes, with those that an `io::Error` holds, but does not call its source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error: &'a (dyn Error + 'static) = next?;
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        };
        Some(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_io(error: impl Into<Box<dyn Error + Send + Sync>>) -> Option<Barrier> {
        Barrier::of(&io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn what_will_not_pass_is_told_from_what_may() {
        let certificate = rustls::Error::InvalidCertificate;
        assert_eq!(in_io(certificate(CertificateError::UnknownIssuer)), Some(Barrier::Untrusted));
        assert_eq!(in_io(certificate(CertificateError::Expired)), Some(Barrier::Expired));
        assert_eq!(in_io(certificate(CertificateError::BadEncoding)), Some(Barrier::Certificate));
        assert_eq!(in_io(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)), Some(Barrier::NoTls));
        assert_eq!(in_io(rustls::Error::AlertReceived(AlertDescription::InternalError)), None);
        for name in NO_NAME {
            let error = format!("failed to lookup address information: {name}");
            assert_eq!(in_io(error.as_str()), Some(Barrier::NoSuchHost));
            assert_eq!(in_io(format!("tunnel error: {error}")), Some(Barrier::NoSuchProxy));
        }
        let passing = "failed to lookup address information: Temporary failure in name resolution";
        assert_eq!((in_io(passing), in_io("connection refused")), (None, None));
        assert_eq!(in_io("tunnel error: proxy authorization required"), Some(Barrier::ProxySignIn));
    }
}
