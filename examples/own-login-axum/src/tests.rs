use std::{collections::HashMap, error::Error, net::SocketAddr};

use url::Url;

const ASK: &str = "/authorize?response_type=code&client_id=app&scope=photos:read&state=1\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn hidden(html: &str, name: &str) -> String {
    let field = html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
    field.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn a_browser_signs_in_allows_and_the_code_is_good() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app = super::app(&url).await?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let stop_at_the_client = reqwest::redirect::Policy::custom(|attempt| {
        if attempt.url().port() == Some(9999) { attempt.stop() } else { attempt.follow() }
    });
    let browser =
        reqwest::Client::builder().cookie_store(true).redirect(stop_at_the_client).build()?;

    let login = browser.get(format!("{url}{ASK}")).send().await?.text().await?;
    let (csrf, return_to) = (hidden(&login, "csrf"), hidden(&login, "return_to"));
    assert!(return_to.starts_with("/authorize?"), "{login}");
    let mut form =
        HashMap::from([("username", "alice"), ("return_to", &return_to), ("csrf", "no")]);
    form.insert("password", "wonderland");
    let forged = browser.post(format!("{url}/login")).form(&form).send().await?;
    assert_eq!(forged.status(), 403);
    form.insert("csrf", &csrf);
    let consent = browser.post(format!("{url}/login")).form(&form).send().await?.text().await?;
    assert!(consent.contains("Photo Printer") && consent.contains("photos:read"), "{consent}");

    // Another tab takes nothing from this one.
    browser.get(format!("{url}{ASK}")).send().await?;
    let csrf = hidden(&consent, "csrf");
    let decide = HashMap::from([("decision", "allow"), ("csrf", csrf.as_str())]);
    let back = browser.post(format!("{url}{ASK}")).form(&decide).send().await?;
    let location = Url::parse(back.headers()["location"].to_str()?)?;
    let answer: HashMap<_, _> = location.query_pairs().into_owned().collect();
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("1", url.as_str()));

    let again = browser.post(format!("{url}{ASK}")).form(&decide).send().await?;
    assert_eq!(again.status(), 403, "a form is good once");

    let trade = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &answer["code"]),
        ("code_verifier", VERIFIER),
    ];
    let tokens = browser.post(format!("{url}/token")).form(&trade).send().await?;
    let tokens: serde_json::Value = tokens.json().await?;
    let token = tokens["access_token"].as_str().unwrap_or_default();
    let photos = browser.get(format!("{url}/photos")).bearer_auth(token).send().await?;
    assert!(photos.text().await?.contains("alice"));
    Ok(())
}
