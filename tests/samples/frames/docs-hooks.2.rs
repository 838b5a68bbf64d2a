//! Gives the client of the page a context of its own, and makes a call.

BLOCK

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), snapline::digitalocean::Error> {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let client = traced(move || Some(parent.to_owned())).build()?;
    client.nfs().list().send().await?;
    Ok(())
}
