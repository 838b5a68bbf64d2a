//! The floor of the benchmark: reqwest and serde, one call after another.

use serde::Deserialize;

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is what is measured")]
struct Snapshot {
    id: String,
    name: String,
    created_at: String,
    regions: Vec<String>,
    resource_id: String,
    resource_type: String,
    min_disk_size: i64,
    size_gigabytes: f64,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is what is measured")]
struct One {
    snapshot: Snapshot,
}

#[derive(Deserialize)]
struct Many {
    snapshots: Vec<Snapshot>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: raw_reqwest URL COUNT".into());
    };
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(
            rustls::ClientConfig::builder_with_provider(
                rustls::crypto::ring::default_provider().into(),
            )
            .with_safe_default_protocol_versions()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth(),
        )
        .build()?;
    for _ in 0..count.parse::<usize>()? {
        let request = client.get(&url).bearer_auth("dop_v1_bench");
        let body = request.send().await?.error_for_status()?.bytes().await?;
        if url.contains("per_page") {
            let many: Many = serde_json::from_slice(&body)?;
            assert!(!many.snapshots.is_empty());
        } else {
            let _: One = serde_json::from_slice(&body)?;
        }
    }
    Ok(())
}
