//! Connection failures that a retry can't fix.

use std::error::Error;
use std::io;

use rustls::pki_types::InvalidDnsNameError;
use rustls::{AlertDescription, CertificateError};

/// The cause of a connection failure that a retry can't fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// The host's certificate is not signed by a trusted authority.
    Untrusted,
    /// The host's own certificate is one of a certificate authority.
    Authority,
    /// The host's certificate is for other names.
    OtherName,
    /// The host's certificate has expired.
    Expired,
    /// The host's certificate is not valid yet.
    NotYetValid,
    /// Something else is wrong with the host's certificate.
    Certificate,
    /// The port does not speak TLS, or no version that both sides support.
    NoTls,
    /// The host's name does not exist.
    NoSuchHost,
    /// The proxy's name does not exist.
    NoSuchProxy,
    /// The proxy did not accept the user name and password.
    ProxySignIn,
    /// The proxy refuses to connect to the host.
    ProxyRefuses,
}

impl Barrier {
    /// Returns the cause of an error, if it is one of these.
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
        // Only the texts are left to go by: reqwest hides the type of its tunnel error, and std the code of a failed
        // look-up.
        if says("proxy authorization required") {
            return Some(Self::ProxySignIn);
        }
        let is_no_name = says("failed to lookup address information") && NO_NAME.iter().any(|words| says(words));
        is_no_name.then(|| if says("tunnel error") { Self::NoSuchProxy } else { Self::NoSuchHost })
    }

    /// Returns a clause that says what is wrong, phrased to follow the host and a colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "its certificate is signed by an authority that is not trusted here",
            Self::Authority => "its certificate is one of a certificate authority, not of a host",
            Self::OtherName => "its certificate is for a different name",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::Certificate => "its certificate can't be used",
            Self::NoTls => "it does not speak TLS 1.2 or 1.3 on that port",
            Self::NoSuchHost => "no host has that name",
            Self::NoSuchProxy => "no host has the name of the proxy",
            Self::ProxySignIn => "the proxy did not accept the user name and password",
            Self::ProxyRefuses => "the proxy refuses to connect to it",
        }
    }

    /// Returns what to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Untrusted => {
                "the host's certificate is not trusted here: set SSL_CERT_FILE or input `ca-file` to a PEM file with \
                 the certificate authority that signed it"
            }
            Self::Authority => {
                "issue a certificate for the host that is not an authority (basicConstraints CA:FALSE), and set \
                 `ca-file` to the authority that signs it. By default, `openssl req -x509` generates an authority"
            }
            Self::OtherName => "use a name in `api-url` that the host's certificate has",
            Self::Expired => "renew the host's certificate; if it is still valid, check the clock of this machine",
            Self::NotYetValid => "check the clock of this machine, then the host's certificate",
            Self::Certificate => "replace the host's certificate",
            Self::NoTls => {
                "check the port in `api-url`; if HTTPS_PROXY begins with https://, the proxy must speak TLS too"
            }
            Self::NoSuchHost => "check `api-url`, and whether this machine can resolve the name",
            Self::NoSuchProxy => "check HTTPS_PROXY, or exempt the host with NO_PROXY",
            Self::ProxySignIn => {
                "check the user name and password in HTTPS_PROXY (percent-encoded), or exempt the host with NO_PROXY"
            }
            Self::ProxyRefuses => {
                "ask the operator of the proxy in HTTPS_PROXY to allow the host, or exempt the host with NO_PROXY"
            }
        }
    }
}

/// The messages of C libraries for a name that does not exist, as opposed to a look-up that failed.
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
            // The type of this error is rustls-webpki's, which rustls does not re-export.
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

/// Returns the error and its causes, including those inside an `io::Error`, which its `source` skips.
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
