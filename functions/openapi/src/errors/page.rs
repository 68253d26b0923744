//! The page with a section for each code.

use maud::html;
use shared::domain::brand::Brand;
use shared::http::Response;
use shared::http::page::reading_page;

use super::explanation::explanations;
use crate::page::{STYLE, in_words};

/// The page. The anchor of a section is its code.
pub(crate) fn page(brand: &Brand) -> Response {
    let content = html! {
        nav.contents aria-label="Contents" {
            p { "Codes" }
            ul { @for (code, _) in explanations() { li { a href={ "#" (code) } { (code) } } } }
        }
        div.text {
            h1 { "OAuth errors" }
            p { "What each code means, and what a developer does about it. The address of the API’s description is " a href="/docs" { "/docs" } "." }
            @for (code, explanation) in explanations() {
                article {
                    h3 id=(code) { code { (code) } }
                    p { (in_words(explanation.meaning)) }
                    div.scroll { table {
                        thead { tr { th { "Cause" } th { "What to do" } } }
                        tbody {
                            @for (cause, remedy) in explanation.causes {
                                tr { td { (in_words(cause)) } td { (in_words(remedy)) } }
                            }
                        }
                    } }
                }
            }
        }
    };
    reading_page(brand, "OAuth errors", STYLE, content)
}
