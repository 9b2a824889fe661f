//! Keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    crypto::{InvalidKey, Parameters, PrivateKey, PublicKey, SigningAlgorithm},
    json,
    model::{Digest, KeyId, Secret},
};

/// The members that belong to the private half of a key, or to a shared one.
pub(super) const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads a public key. Without `alg` it is for the algorithm of its curve; RSA is for `RS256`.
///
/// # Errors
/// [`InvalidKey`] if it has private members, is not for signatures, or is not a sound key of an
/// algorithm that is known here.
pub fn public_key(members: &Map<String, Value>) -> Result<PublicKey, InvalidKey> {
    public_key_for(members, algorithm(members)?)
}

/// The public keys that somebody else's JWK stands for: `alg` may be missing (RFC 7517 §4.4), and RSA
/// is good for two algorithms then. None if it is not a sound one.
pub(super) fn public_keys(members: &Map<String, Value>) -> impl Iterator<Item = PublicKey> {
    let is_rsa = members.get("kty").is_some_and(|kty| kty == "RSA");
    let algorithms = match algorithm(members) {
        Ok(_) if is_rsa && !members.contains_key("alg") => {
            vec![SigningAlgorithm::Rs256, SigningAlgorithm::Ps256]
        }
        named => named.into_iter().collect(),
    };
    algorithms.into_iter().filter_map(|algorithm| public_key_for(members, algorithm).ok())
}

fn public_key_for(
    members: &Map<String, Value>,
    algorithm: SigningAlgorithm,
) -> Result<PublicKey, InvalidKey> {
    if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
        return Err(InvalidKey);
    }
    is_for(members, "verify")?;
    PublicKey::new(algorithm, parameters(members)?)
}

/// Reads a private key, whose `kid` is not looked at. Its public members must be there and belong
/// to it; one with more than two primes is refused.
///
/// # Errors
/// [`InvalidKey`] if it is not a sound key of an algorithm that signs here.
pub fn private_key(text: &Secret) -> Result<PrivateKey, InvalidKey> {
    let members = json::object(text.expose().as_bytes()).ok_or(InvalidKey)?;
    is_for(&members, "sign")?;
    let secret = |name| binary(&members, name).map(Zeroizing::new);
    let algorithm = algorithm(&members)?;
    let key = match (algorithm, parameters(&members)?) {
        (SigningAlgorithm::Es256, _) => PrivateKey::from_p256_scalar(&secret("d")?)?,
        (SigningAlgorithm::EdDsa, _) => PrivateKey::from_ed25519_seed(&secret("d")?)?,
        (algorithm, Parameters::Rsa { n, e }) if !members.contains_key("oth") => {
            let [d, p, q] = [secret("d")?, secret("p")?, secret("q")?];
            let [dp, dq, qi] = [secret("dp")?, secret("dq")?, secret("qi")?];
            PrivateKey::from_rsa_members(algorithm, [&n, &e, &d, &p, &q, &dp, &dq, &qi])?
        }
        _ => return Err(InvalidKey),
    };
    let named = PublicKey::new(algorithm, parameters(&members)?)?;
    if named == *key.public_key() { Ok(key) } else { Err(InvalidKey) }
}

/// The public key with its name. There is nothing private in it.
pub fn to_jwk(key: &PublicKey, key_id: &KeyId) -> Value {
    let mut jwk = required_members(key);
    jwk["alg"] = key.algorithm().as_str().into();
    jwk["kid"] = key_id.as_str().into();
    jwk["use"] = "sig".into();
    jwk
}

/// The thumbprint of the key (RFC 7638), which names it wherever it is.
pub fn thumbprint(key: &PublicKey) -> KeyId {
    // The members are in lexicographic order, as §3.3 wants them, where maps are sorted.
    let jwk = required_members(key);
    let names = ["crv", "e", "kty", "n", "x", "y"];
    let members = names.iter().filter_map(|name| Some(format!("\"{name}\":{}", jwk.get(*name)?)));
    let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    KeyId::from(Digest::of(&text).to_string())
}

fn required_members(key: &PublicKey) -> Value {
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    match key.parameters() {
        Parameters::Ec { x, y } => {
            let curve = if x.len() == 32 { "P-256" } else { "P-384" };
            json!({ "kty": "EC", "crv": curve, "x": text(x), "y": text(y) })
        }
        Parameters::Ed { x } => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(x) }),
        Parameters::Rsa { n, e } => json!({ "kty": "RSA", "n": text(n), "e": text(e) }),
    }
}

fn is_for(members: &Map<String, Value>, operation: &str) -> Result<(), InvalidKey> {
    let usage = members.get("use").is_none_or(|usage| usage == "sig");
    let operations = members.get("key_ops").is_none_or(|operations| {
        operations.as_array().is_some_and(|list| list.iter().any(|own| own == operation))
    });
    if usage && operations { Ok(()) } else { Err(InvalidKey) }
}

fn algorithm(members: &Map<String, Value>) -> Result<SigningAlgorithm, InvalidKey> {
    let text = |name| members.get(name).and_then(Value::as_str);
    let named = match (members.contains_key("alg"), text("kty"), text("crv")) {
        (true, ..) => text("alg").and_then(SigningAlgorithm::parse),
        (_, Some("EC"), Some("P-256")) => Some(SigningAlgorithm::Es256),
        (_, Some("EC"), Some("P-384")) => Some(SigningAlgorithm::Es384),
        (_, Some("OKP"), Some("Ed25519")) => Some(SigningAlgorithm::EdDsa),
        (_, Some("RSA"), _) => Some(SigningAlgorithm::Rs256),
        _ => None,
    };
    named.ok_or(InvalidKey)
}

fn parameters(members: &Map<String, Value>) -> Result<Parameters, InvalidKey> {
    let text = |name| members.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256" | "P-384")) => {
            Ok(Parameters::Ec { x: binary(members, "x")?, y: binary(members, "y")? })
        }
        (Some("OKP"), Some("Ed25519")) => Ok(Parameters::Ed { x: binary(members, "x")? }),
        (Some("RSA"), None) => {
            Ok(Parameters::Rsa { n: binary(members, "n")?, e: binary(members, "e")? })
        }
        _ => Err(InvalidKey),
    }
}

fn binary(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, InvalidKey> {
    let text = members.get(name).and_then(Value::as_str).ok_or(InvalidKey)?;
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidKey)
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::{private_key, public_key, thumbprint, to_jwk};
    use crate::{
        crypto::{InvalidKey, PrivateKey, SigningAlgorithm},
        model::{KeyId, Secret},
    };

    /// RFC 7515 Appendix A.3.
    fn p256() -> Value {
        json!({ "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" })
    }

    /// RFC 8037 Appendix A.1.
    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    /// RFC 7515 Appendix A.2.
    fn rsa() -> Value {
        json!({ "kty": "RSA", "e": "AQAB",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
            "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
            "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
            "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
            "dp": "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
            "dq": "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
            "qi": "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U" })
    }

    fn read(jwk: &Value) -> Result<PrivateKey, InvalidKey> {
        private_key(&Secret::new(jwk.to_string()))
    }

    fn with(mut jwk: Value, name: &str, value: Value) -> Value {
        jwk[name] = value;
        jwk
    }

    /// RFC 7638 §3.1 and RFC 8037 Appendix A.3.
    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
        let rsa = public_key(rsa.as_object().unwrap()).unwrap();
        assert_eq!(thumbprint(&rsa).as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let ed = read(&ed25519()).unwrap();
        let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(thumbprint(ed.public_key()).as_str(), expected);
    }

    /// RFC 7515 Appendix A.2: RS256 gives the same signature every time.
    #[test]
    fn an_rsa_key_signs_as_in_rfc_7515_a_2_and_survives_pem() {
        let key = read(&rsa()).unwrap();
        let message = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(key.sign(message).unwrap()), expected);
        let again = PrivateKey::from_pem(SigningAlgorithm::Ps256, &key.to_pem()).unwrap();
        let signature = again.sign(message).unwrap();
        assert!(again.public_key().verifies(message, &signature));
        assert!(!key.public_key().verifies(message, &signature), "PS256 is not RS256");
        assert!(read(&with(rsa(), "oth", json!([]))).is_err());
        assert!(read(&with(rsa(), "p", json!("AQAB"))).is_err());
    }

    #[test]
    fn jwt_023_a_published_key_has_public_members_only() {
        for jwk in [p256(), ed25519(), rsa()] {
            let key = read(&jwk).unwrap();
            let published = to_jwk(key.public_key(), &KeyId::from("a"));
            let published = published.as_object().unwrap();
            let allowed = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
            assert!(published.keys().all(|name| allowed.contains(&name.as_str())));
            assert_eq!(public_key(published).unwrap(), *key.public_key());
            assert!(
                public_key(jwk.as_object().unwrap()).is_err(),
                "a private key is no public one"
            );
        }
    }

    #[test]
    fn jwt_020_a_key_for_something_else_is_none() {
        for (name, value) in [
            ("use", json!("enc")),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!("sign")),
            ("alg", json!("ECDH-ES")),
            ("alg", json!("EdDSA")),
            ("alg", json!(1)),
            ("crv", json!("P-521")),
            ("kty", json!("oct")),
            ("x", json!("AAAA")),
            ("d", json!("AAAA")),
            ("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
        ] {
            assert!(read(&with(p256(), name, value)).is_err(), "{name}");
        }
        assert!(read(&with(p256(), "key_ops", json!(["sign"]))).is_ok());
    }

    /// A point that is not on the curve leads into a weak group.
    #[test]
    fn jwt_021_a_point_beside_the_curve_is_no_key() {
        let public = |jwk: &Value| {
            let members = ["kty", "crv", "x", "y"].into_iter();
            let members =
                members.filter_map(|name| Some((name.to_owned(), jwk.get(name)?.clone())));
            public_key(&members.collect())
        };
        assert!(public(&p256()).is_ok());
        let beside = with(p256(), "y", json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"));
        for beside in [beside, with(p256(), "x", json!("A".repeat(43)))] {
            assert!(public(&beside).is_err());
        }
    }

    #[test]
    fn jwt_021_short_rsa_keys_are_refused() {
        let rsa = |bits: usize| {
            let n = BASE64_URL_SAFE_NO_PAD.encode([vec![0xc1], vec![7; bits / 8 - 1]].concat());
            json!({ "kty": "RSA", "e": "AQAB", "n": n })
        };
        assert!(public_key(rsa(2048).as_object().unwrap()).is_ok());
        assert!(public_key(rsa(1024).as_object().unwrap()).is_err());
        assert!(public_key(rsa(16_384).as_object().unwrap()).is_err());
        for exponent in ["AA", "AQ", "Ag", "AQAA"] {
            let weak = with(rsa(2048), "e", json!(exponent));
            assert!(public_key(weak.as_object().unwrap()).is_err(), "{exponent}");
        }
    }

    #[test]
    fn a_key_survives_pem() {
        for (jwk, algorithm) in
            [(p256(), SigningAlgorithm::Es256), (ed25519(), SigningAlgorithm::EdDsa)]
        {
            let key = read(&jwk).unwrap();
            let pem = key.to_pem();
            assert!(pem.expose().lines().all(|line| line.len() <= 64));
            let again = PrivateKey::from_pem(algorithm, &pem).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            assert!(PrivateKey::from_pem(SigningAlgorithm::Rs256, &pem).is_err());
            assert!(!format!("{key:?}").contains("11qYAY"), "keys do not print");
        }
    }
}
