//! Certificates, made anew at each start, and TLS with them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::Error;
use crate::script::Certificate;

/// The names that the good certificate is for.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "storage.example"];

/// Every certificate there is, and a file with the CA that signed most of them.
pub struct Certificates {
    made: BTreeMap<Certificate, (CertificateDer<'static>, PrivateKeyDer<'static>)>,
    ca_file: tempfile::NamedTempFile,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Errors
    /// When there is no room for the file of the CA.
    pub fn make() -> Result<Self, Error> {
        let (ca_pem, ca) = authority("snapline fault server CA")?;
        let (_, stranger) = authority("a CA that nobody names")?;
        let mut made = BTreeMap::new();
        for (kind, names, years, issuer) in [
            (Certificate::Good, &NAMES[..], (2020, 2120), Some(&ca)),
            (Certificate::SelfSigned, &NAMES[..], (2020, 2120), None),
            (Certificate::Expired, &NAMES[..], (2020, 2021), Some(&ca)),
            (
                Certificate::NotYetValid,
                &NAMES[..],
                (2110, 2120),
                Some(&ca),
            ),
            (
                Certificate::WrongHost,
                &["other.example"][..],
                (2020, 2120),
                Some(&ca),
            ),
            (
                Certificate::OtherCa,
                &NAMES[..],
                (2020, 2120),
                Some(&stranger),
            ),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(names)?;
            params
                .distinguished_name
                .push(DnType::CommonName, "snapline fault server");
            params.not_before = date_time_ymd(years.0, 1, 1);
            params.not_after = date_time_ymd(years.1, 1, 1);
            let key = KeyPair::generate()?;
            let certificate = match issuer {
                Some(issuer) => params.signed_by(&key, issuer)?,
                None => params.self_signed(&key)?,
            };
            let key = PrivateKeyDer::try_from(key.serialize_der())?;
            made.insert(kind, (certificate.der().clone(), key));
        }
        let mut ca_file = tempfile::Builder::new()
            .prefix("snapline-faults-ca-")
            .suffix(".pem")
            .tempfile()?;
        ca_file.write_all(ca_pem.as_bytes())?;
        Ok(Self { made, ca_file })
    }

    /// The file that names the CA.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        self.ca_file.path()
    }

    /// TLS with the good one, over HTTP/1.1.
    ///
    /// # Errors
    /// When rustls does not take it.
    pub fn good(&self) -> Result<ServerConfig, Error> {
        self.config(Certificate::Good, &[])
    }

    /// TLS with one certificate, offering these protocols.
    pub(crate) fn config(&self, kind: Certificate, alpn: &[String]) -> Result<ServerConfig, Error> {
        let (certificate, key) = self.made.get(&kind).ok_or("there is no such certificate")?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.clone_key())?;
        config.alpn_protocols = if alpn.is_empty() {
            vec![b"http/1.1".to_vec()]
        } else {
            alpn.iter().map(|name| name.clone().into_bytes()).collect()
        };
        Ok(config)
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates")
            .field("ca_file", &self.ca_file.path())
            .finish_non_exhaustive()
    }
}

fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>), Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}
