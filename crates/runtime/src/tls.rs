//! TLS: which certificates are trusted, and what to do about one that is not (B5).

use crate::error::{Error, one_line};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// How TLS is spoken: the system's trust store, and the certificates of `ca_file` beside it.
pub(crate) fn tls(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = match ca_file {
        Some(path) => certificates(path)?,
        None => Vec::new(),
    };
    let verifier = Verifier {
        provider: Arc::clone(&provider),
        roots,
        inner: OnceLock::new(),
    };
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::internal(format!("TLS cannot be set up: {e}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

// A certificate that the caller names has to be good.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bad = |why: String| Error::config(format!("`ca_file` {}: {why}", path.display()));
    let mut roots = Vec::new();
    // The store is only there to have each certificate looked at now and not at the first call.
    let mut store = rustls::RootCertStore::empty();
    let all = CertificateDer::pem_file_iter(path).map_err(|e| bad(unreadable(&e)))?;
    for (index, certificate) in all.enumerate() {
        let which = |why: String| bad(format!("certificate {} is no good: {why}", index + 1));
        let certificate = certificate.map_err(|e| match e {
            pem::Error::Io(_) => bad(unreadable(&e)),
            _ => which(unreadable(&e)),
        })?;
        store
            .add(certificate.clone())
            .map_err(|e| which(one_line(&e.to_string(), 200)))?;
        roots.push(certificate);
    }
    if roots.is_empty() {
        return Err(bad("holds no PEM certificate".to_owned()));
    }
    Ok(roots)
}

fn unreadable(error: &pem::Error) -> String {
    let text = match error {
        pem::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    one_line(&text, 200)
}

// The system's trust store, read at the first TLS handshake: a client that never needs it stays small.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
    // Kept once the system gave certificates; until then each handshake looks again.
    inner: OnceLock<Arc<dyn ServerCertVerifier>>,
}

impl Verifier {
    fn inner(&self) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        if let Some(inner) = self.inner.get() {
            return Ok(Arc::clone(inner));
        }
        let (inner, whole) = system::verifier(&self.roots, &self.provider)?;
        Ok(if whole {
            Arc::clone(self.inner.get_or_init(|| inner))
        } else {
            inner
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Nothing to check a certificate by.
#[derive(Debug)]
struct Unequipped(String);

impl fmt::Display for Unequipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this system has no certificates of authorities to check the server's by ({}); install \
             its package ca-certificates, or name a PEM file by `ca_file` or SSL_CERT_FILE",
            self.0
        )
    }
}

impl std::error::Error for Unequipped {}

// Files and folders that the environment or the system names.
#[cfg(all(unix, not(target_os = "android"), not(target_vendor = "apple")))]
mod system {
    use super::*;
    use crate::environment::os_variable;
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls_native_certs::{CertificateResult, load_certs_from_paths};
    use std::path::PathBuf;
    use std::sync::Mutex;
    use std::time::SystemTime;

    const FILE: &str = "SSL_CERT_FILE";
    const FOLDERS: &str = "SSL_CERT_DIR";

    /// Checks by the system's certificates and these; and whether the system gave any.
    pub(super) fn verifier(
        extra: &[CertificateDer<'static>],
        provider: &Arc<CryptoProvider>,
    ) -> Result<(Arc<dyn ServerCertVerifier>, bool), rustls::Error> {
        let system = trusted(&READ, Places::named());
        let Trusted { skipped, first, .. } = &*system;
        let mut store = Arc::clone(&system.store);
        for certificate in extra {
            Arc::make_mut(&mut store).add(certificate.clone())?;
        }
        if store.is_empty() {
            let named = [FILE, FOLDERS].map(|name| os_variable(name).map(|_| name));
            let why = first
                .clone()
                .unwrap_or_else(|| match named.iter().flatten().next() {
                    Some(name) => format!("{name} leads to none"),
                    None => "there are none where systems keep them".to_owned(),
                });
            return Err(OtherError(Arc::new(Unequipped(why))).into());
        }
        if let Some(first) = first {
            tracing::warn!(
                skipped,
                first,
                "the system's trust store has certificates that cannot be used"
            );
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider))
            .build()
            .map_err(|e| OtherError(Arc::new(e)))?;
        Ok((verifier, !system.store.is_empty()))
    }

    // The system's trust store as it was read.
    #[derive(Debug)]
    struct Trusted {
        store: Arc<RootCertStore>,
        // How many of its certificates cannot be used, and why not the first.
        skipped: usize,
        first: Option<String>,
        places: Places,
        // When each place was changed last.
        changed: Vec<Option<SystemTime>>,
    }

    type Read = Mutex<Option<Arc<Trusted>>>;

    // To read it takes milliseconds, and a process may make a client for each thing that it does.
    static READ: Read = Mutex::new(None);

    // The certificates of these places, read once for all clients until one of the places changes.
    fn trusted(read: &Read, places: Places) -> Arc<Trusted> {
        let changed = places.changed();
        // Nobody is waited for: in a child of fork() the one who holds it may not exist.
        let mut read = read.try_lock().ok();
        if let Some(known) = read.as_deref().and_then(Option::as_ref)
            && known.places == places
            && known.changed == changed
        {
            return Arc::clone(known);
        }
        let trusted = Arc::new(Trusted::read(places, changed));
        // What is missing may be there at the next handshake.
        if let Some(read) = read.as_deref_mut()
            && !trusted.store.is_empty()
        {
            *read = Some(Arc::clone(&trusted));
        }
        trusted
    }

    impl Trusted {
        fn read(places: Places, changed: Vec<Option<SystemTime>>) -> Self {
            let found = places.certificates();
            let mut errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            let mut store = RootCertStore::empty();
            for certificate in found.certs {
                if let Err(error) = store.add(certificate) {
                    errors.push(error.to_string());
                }
            }
            Self {
                store: store.into(),
                skipped: errors.len(),
                first: errors.first().map(|error| one_line(error, 160)),
                places,
                changed,
            }
        }
    }

    // Where certificates are.
    #[derive(Debug, PartialEq)]
    struct Places {
        file: Option<PathBuf>,
        folders: Vec<PathBuf>,
    }

    impl Places {
        // Those that the environment names, else those that are usual.
        fn named() -> Self {
            let file = os_variable(FILE).map(PathBuf::from);
            let folders: Vec<PathBuf> = os_variable(FOLDERS)
                .iter()
                .flat_map(std::env::split_paths)
                .filter(|folder| !folder.as_os_str().is_empty())
                .collect();
            if file.is_none() && folders.is_empty() {
                let usual = openssl_probe::probe();
                let (file, folders) = (usual.cert_file, usual.cert_dir);
                return Self { file, folders };
            }
            Self { file, folders }
        }

        fn changed(&self) -> Vec<Option<SystemTime>> {
            let all = self.file.iter().chain(&self.folders);
            all.map(|place| place.metadata().and_then(|data| data.modified()).ok())
                .collect()
        }

        fn certificates(&self) -> CertificateResult {
            let mut folders = self.folders.iter();
            let first = folders.next().map(PathBuf::as_path);
            // Together, since a folder often holds links to what the file holds.
            let mut all = load_certs_from_paths(self.file.as_deref(), first);
            for folder in folders {
                let more = load_certs_from_paths(None, Some(folder));
                all.certs.extend(more.certs);
                all.errors.extend(more.errors);
            }
            all
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn b5_the_trust_store_is_read_once_and_again_when_it_was_changed() {
            let signed = rcgen::generate_simple_self_signed(vec!["ca.test".to_owned()]).unwrap();
            let folder =
                std::env::temp_dir().join(format!("snapline-trust-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join("ca.pem");
            let places = || Places {
                file: Some(file.clone()),
                folders: Vec::new(),
            };
            let read = Read::default();
            // Nothing is there yet, and that is not kept.
            assert!(trusted(&read, places()).store.is_empty());
            std::fs::write(&file, signed.cert.pem()).unwrap();
            let first = trusted(&read, places());
            assert_eq!(first.store.len(), 1);
            assert!(Arc::ptr_eq(&first, &trusted(&read, places())));
            // Who is in the middle of it keeps nobody waiting.
            {
                let _held = read.lock().unwrap();
                assert_eq!(trusted(&read, places()).store.len(), 1);
            }
            let later = SystemTime::now() + std::time::Duration::from_secs(5);
            let changed = std::fs::File::options().write(true).open(&file).unwrap();
            changed.set_modified(later).unwrap();
            assert!(!Arc::ptr_eq(&first, &trusted(&read, places())));
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}

// What the system itself has for checking certificates.
#[cfg(not(all(unix, not(target_os = "android"), not(target_vendor = "apple"))))]
mod system {
    use super::*;
    use rustls_platform_verifier::Verifier;

    /// Checks as the system does, and by these certificates; and whether the system can.
    pub(super) fn verifier(
        extra: &[CertificateDer<'static>],
        provider: &Arc<CryptoProvider>,
    ) -> Result<(Arc<dyn ServerCertVerifier>, bool), rustls::Error> {
        let provider = Arc::clone(provider);
        let verifier = if extra.is_empty() {
            Verifier::new(provider)
        } else {
            Verifier::new_with_extra_roots(extra.iter().cloned(), provider)
        };
        match verifier {
            Ok(verifier) => Ok((Arc::new(verifier), true)),
            Err(error) => Err(OtherError(Arc::new(Unequipped(error.to_string()))).into()),
        }
    }
}

/// What a failed handshake says to the one who can mend it, and whether it will fail again unless
/// somebody does. Nothing for a failure that says enough by itself.
pub(crate) fn advice(error: &rustls::Error) -> Option<(String, bool)> {
    let text = match error {
        rustls::Error::InvalidCertificate(error) => distrust(error),
        rustls::Error::Other(OtherError(inner)) if inner.is::<Unequipped>() => inner.to_string(),
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            return Some((
                "TLS is not spoken there; look whether it should be http".to_owned(),
                false,
            ));
        }
        _ => return None,
    };
    Some((text, true))
}

fn distrust(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => {
            "its certificate has expired; if it should not have, set this machine's clock".to_owned()
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            "its certificate is not valid yet; set this machine's clock".to_owned()
        }
        E::NotValidForNameContext { presented, .. } => format!(
            "its certificate is for another host ({}); correct the URL, or find out what answers in \
             its place",
            one_line(&presented.join(", "), 100)
        ),
        E::NotValidForName => "its certificate is for another host; correct the URL, or find out \
                               what answers in its place"
            .to_owned(),
        E::UnknownIssuer => "its certificate is signed by nobody that is trusted here; if a proxy or \
                             a firewall opens TLS on the way, name its certificate by `ca_file`, else \
                             bring the package ca-certificates up to date"
            .to_owned(),
        E::Revoked => "its certificate was revoked; tell those who run it".to_owned(),
        other => format!(
            "its certificate cannot be used ({}); tell those who run it, or name one that is to be \
             trusted by `ca_file`",
            one_line(&other.to_string(), 100)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn b5_a_bad_ca_file_is_a_config_error() {
        let missing = tls(Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Config);
        assert!(missing.to_string().contains("/nowhere/ca.pem"));
        let file = std::env::temp_dir().join(format!("snapline-ca-{}.pem", std::process::id()));
        let refusal = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let error = tls(Some(&file)).unwrap_err();
            std::fs::remove_file(&file).unwrap();
            assert_eq!(error.kind(), ErrorKind::Config);
            error.to_string()
        };
        let empty = refusal("not a certificate");
        assert!(empty.contains("no PEM certificate"), "{empty}");
        let odd = refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(odd.contains("certificate 1 is no good"), "{odd}");
        let odd = refusal("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
        assert!(odd.contains("certificate 1 is no good"), "{odd}");
    }

    #[test]
    fn b5_what_is_said_of_a_certificate_says_what_to_do() {
        for (error, wanted) in [
            (CertificateError::Expired, "clock"),
            (CertificateError::NotValidYet, "clock"),
            (CertificateError::NotValidForName, "correct the URL"),
            (CertificateError::UnknownIssuer, "`ca_file`"),
            (CertificateError::Revoked, "revoked"),
            (CertificateError::BadEncoding, "`ca_file`"),
        ] {
            let (text, lasting) = advice(&rustls::Error::InvalidCertificate(error)).unwrap();
            assert!(text.contains(wanted) && lasting, "{text}");
        }
        assert!(advice(&rustls::Error::DecryptError).is_none());
    }
}
