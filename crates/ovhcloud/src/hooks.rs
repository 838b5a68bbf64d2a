//! Hands progenitor's client over to the runtime.

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use snapline_runtime::Call;

use crate::generated::client::Client;

impl ClientHooks<Call> for Client {
    async fn exec(
        &self,
        request: reqwest::Request,
        _info: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        self.inner().execute(request).await
    }
}
