//! What the server answers, as OpenAPI has it.

use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description, RefOr, ResponseBuilder,
        content::ContentBuilder,
        schema::Ref,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "shuzi",
        description = "Reads handwritten numbers off pictures, and says how likely each is right."
    ),
    modifiers(&AtTheDoor),
    paths(
        super::read::read,
        super::batch::batch,
        super::health::healthz,
        super::health::readyz,
        super::info::metrics,
        super::info::info,
        crate::tensors::server,
        crate::tensors::live,
        crate::tensors::ready,
        crate::tensors::model,
        crate::tensors::model_ready,
        crate::tensors::infer,
    )
)]
struct Api;

/// The name of the token in the description.
const TOKEN: &str = "token";

/// What holds for every path before it is asked.
struct AtTheDoor;

impl Modify for AtTheDoor {
    fn modify(&self, api: &mut Description) {
        let components = api.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme(TOKEN, bearer);
        // A server that has no token asks for none.
        let none = SecurityRequirement::default();
        let token = SecurityRequirement::new::<_, _, &str>(TOKEN, []);
        api.security = Some(vec![none, token]);
        let refusals = [
            ("401", "The server has a token, and the request has not"),
            ("403", "The request is from a page of another server"),
            (
                "421",
                "The request calls the server by a name that is not its own",
            ),
        ];
        let items = api.paths.paths.values_mut();
        for operation in items.flat_map(|item| [&mut item.get, &mut item.post]) {
            let Some(operation) = operation else { continue };
            for (status, why) in refusals {
                let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody")));
                let response = ResponseBuilder::new()
                    .description(why)
                    .content("application/json", body.build());
                let responses = &mut operation.responses.responses;
                responses.insert(status.to_owned(), RefOr::T(response.build()));
            }
        }
    }
}

/// The description of all paths, OpenAPI 3.1 as JSON.
///
/// ```
/// let text = shuzi_server::openapi_json();
/// assert!(text.contains("/v1/read"));
/// ```
pub fn openapi_json() -> String {
    // It consists of strings and numbers.
    Api::openapi().to_json().unwrap_or_default()
}

pub(crate) async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}
