//! Somebody registers an application in a workspace, uses it, edits it, and deletes it.

use axum::{Router, routing::get};

use crate::{chromium::Chromium, example::Example, shown, visitor::Visitor};

const LISTEN: &str = "127.0.0.1:4401";
const APPS: &str = "http://127.0.0.1:4401/workflow/oauth2/apps";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_applications_of_a_workspace_in_a_browser() {
    let Some(chromium) = Chromium::start() else { return };
    let client = Router::new().route("/callback", get(shown));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let callback = format!("http://{}/callback", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, client).await });
    for adapter in ["axum", "actix"] {
        let arguments = ["--adapter", adapter, "--listen", LISTEN];
        let _server = Example::start("documented-apis", &arguments, LISTEN).await;
        chromium
            .visit(async |visitor: Visitor| {
                let (client_id, secret) = registers(&visitor, &callback).await;
                connects(&visitor, &client_id).await;
                rotates(&visitor, &client_id, &secret).await;
                edits_and_deletes(&visitor).await;
                is_nobody_elsewhere(&visitor).await;
            })
            .await;
    }
}

/// Registers `Reports`, and returns its identifier and its secret.
async fn registers(visitor: &Visitor, callback: &str) -> (String, String) {
    visitor.open(APPS).await;
    visitor.sees("Sign in").await;
    visitor.types("username", "bob").await;
    visitor.types("password", "secret").await;
    visitor.clicks("Sign in").await;
    visitor.sees("Your applications").await;
    visitor.sees("x-pm-local-client").await;
    visitor.is_on_a_sound_page().await;

    visitor.follows("Register an application").await;
    visitor.sees("People see it when they are asked for access.").await;
    visitor.types("name", "Reports").await;
    visitor.ticks("Web server app").await;
    visitor.types("redirect_uris", "http://client.example/callback").await;
    visitor.ticks("See your processes").await;
    visitor.clicks("Register").await;
    visitor.sees("Nothing has been saved yet.").await;
    visitor.is_on_a_sound_page().await;
    assert_eq!(visitor.value("name").await, "Reports");
    visitor.clears("redirect_uris").await;
    visitor.types("redirect_uris", callback).await;
    visitor.clicks("Register").await;
    visitor.sees("Reports is registered").await;
    visitor.sees("Copy the client secret now.").await;
    visitor.is_on_a_sound_page().await;
    let credentials = visitor.credentials().await;
    assert_eq!(credentials.len(), 2, "an identifier and a secret");
    let (client_id, secret) = (&credentials[0], &credentials[1]);
    visitor.follows("Done").await;
    visitor.sees(client_id).await;
    visitor.does_not_see(secret).await;
    (client_id.clone(), secret.clone())
}

/// The code flow of the document, with the application that was just registered.
async fn connects(visitor: &Visitor, client_id: &str) {
    let query = format!("response_type=code&client_id={client_id}&scope=*&state=xyz");
    visitor.open(&format!("http://{LISTEN}/workflow/oauth2/authorize?{query}")).await;
    visitor.sees("Reports asks for access to your account").await;
    visitor.sees("See your processes").await;
    visitor.does_not_see("Change your processes").await;
    visitor.clicks("Allow").await;
    visitor.sees(&format!("The client got state xyz from http://{LISTEN}/workflow")).await;
}

async fn rotates(visitor: &Visitor, client_id: &str, secret: &str) {
    visitor.open(APPS).await;
    visitor.follows("Edit Reports").await;
    visitor.is_on_a_sound_page().await;
    visitor.does_not_see(secret).await;
    visitor.clicks("Make a new secret").await;
    visitor.sees("Reports has a new secret").await;
    visitor.is_on_a_sound_page().await;
    let credentials = visitor.credentials().await;
    assert_eq!(credentials[0], client_id);
    assert_ne!(credentials[1], secret);
    visitor.follows("Done").await;
}

async fn edits_and_deletes(visitor: &Visitor) {
    visitor.follows("Edit Reports").await;
    visitor.types("name", " of May").await;
    visitor.clicks("Save").await;
    visitor.sees("Your changes were saved.").await;
    visitor.follows("Edit Reports of May").await;
    visitor.follows("Delete Reports of May…").await;
    visitor.sees("Delete Reports of May?").await;
    visitor.is_on_a_sound_page().await;
    visitor.clicks("Delete").await;
    visitor.sees("The application was deleted.").await;
    visitor.does_not_see("Reports").await;
    visitor.sees("x-pm-local-client").await;
}

/// The same name and the same browser, in another workspace.
async fn is_nobody_elsewhere(visitor: &Visitor) {
    visitor.open("http://127.0.0.1:4401/sales/oauth2/apps").await;
    visitor.sees("Sign in").await;
    visitor.types("username", "bob").await;
    visitor.types("password", "secret").await;
    visitor.clicks("Sign in").await;
    visitor.sees("User name or password is wrong.").await;
}
