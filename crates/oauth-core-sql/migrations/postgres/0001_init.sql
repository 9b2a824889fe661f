-- Times are seconds since 1970-01-01T00:00:00Z. Keys are SHA-256 digests: there is no live
-- credential in these tables. JSON columns hold facts that are never searched for; they are TEXT,
-- because JSONB takes no U+0000. Text that is searched for is compared byte by byte.
--
-- The tenant is part of every key. Where it comes second, it is so that a planner without
-- statistics does not take the tenant alone for a selective search.

CREATE TABLE oauth_schema (
    version BIGINT NOT NULL PRIMARY KEY
);

CREATE TABLE oauth_clients (
    tenant    TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    owner     TEXT COLLATE "C",
    unused_until BIGINT, -- of those that registered themselves; moved by a purge that finds grants
    record    TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant, client_id)
);

CREATE INDEX oauth_clients_by_owner ON oauth_clients (tenant, owner, client_id)
    WHERE owner IS NOT NULL;
CREATE INDEX oauth_clients_by_end ON oauth_clients (unused_until)
    WHERE unused_until IS NOT NULL;

CREATE TABLE oauth_grants (
    tenant     TEXT COLLATE "C" NOT NULL,
    id         BYTEA  NOT NULL,
    client_id  TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C",
    facts      TEXT   NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    keep_until BIGINT NOT NULL, -- moved by a purge that finds items left
    revoked_at BIGINT,
    PRIMARY KEY (id, tenant)
);

CREATE INDEX oauth_grants_by_client ON oauth_grants (tenant, client_id);
CREATE INDEX oauth_grants_by_subject ON oauth_grants (tenant, subject, created_at)
    WHERE subject IS NOT NULL;
CREATE INDEX oauth_grants_by_end ON oauth_grants (keep_until);

-- Spending changes a row that was added a moment ago, and nothing that is indexed: with room left on
-- its page, no index is written.
CREATE TABLE oauth_issued (
    tenant          TEXT COLLATE "C" NOT NULL,
    key             BYTEA  NOT NULL,
    grant_id        BYTEA  NOT NULL,
    artefact        TEXT   NOT NULL, -- JSON
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    keep_until      BIGINT NOT NULL,
    spent_at        BIGINT,
    successor_nonce BYTEA,
    retries         BIGINT NOT NULL DEFAULT 0,
    revoked_at      BIGINT,
    PRIMARY KEY (key, tenant),
    FOREIGN KEY (grant_id, tenant) REFERENCES oauth_grants (id, tenant) ON DELETE CASCADE
) WITH (fillfactor = 75);

CREATE INDEX oauth_issued_by_grant ON oauth_issued (tenant, grant_id);
CREATE INDEX oauth_issued_by_end ON oauth_issued (keep_until);

-- What was used once and is not taken again.
CREATE TABLE oauth_replays (
    tenant     TEXT COLLATE "C" NOT NULL,
    key        BYTEA  NOT NULL,
    keep_until BIGINT NOT NULL,
    PRIMARY KEY (key, tenant)
);

CREATE INDEX oauth_replays_by_end ON oauth_replays (keep_until);

-- Signing keys. The material is a private key, sealed if the server was told to: these rows are as
-- secret as the tokens that they sign are trusted.
CREATE TABLE oauth_keys (
    tenant      TEXT COLLATE "C" NOT NULL,
    kid         TEXT COLLATE "C" NOT NULL,
    alg         TEXT COLLATE "C" NOT NULL,
    predecessor TEXT COLLATE "C" NOT NULL, -- '' for the first
    material    TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    signs_from  BIGINT NOT NULL,
    PRIMARY KEY (tenant, kid),
    UNIQUE (tenant, alg, predecessor)
);

INSERT INTO oauth_schema (version) VALUES (1);
