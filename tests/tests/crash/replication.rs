//! One Redis that has what another has, until that dies.

use std::time::Duration;

use redis::{Client, FromRedisValue};

use crate::redis::Redis;

/// How long a replica may take to have everything.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A port where no server listens.
const NOWHERE: u16 = 1;

impl Redis {
    /// Makes it a replica, and waits until it has everything.
    pub(crate) async fn follow(&self, primary: &Self) {
        self.replicate(primary.port).await;
        self.has_all_of(primary).await;
    }

    /// Waits until it has everything that its primary has.
    pub(crate) async fn has_all_of(&self, primary: &Self) {
        let equal = async {
            while !self.is_up().await || self.offset().await != primary.offset().await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, equal).await.expect("a replica");
    }

    /// Lets it stay a replica that hears nothing any more.
    pub(crate) async fn cut_off(&self) {
        self.replicate(NOWHERE).await;
    }

    /// Makes it a primary.
    pub(crate) async fn promote(&self) {
        self.run::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    }

    async fn replicate(&self, port: u16) {
        self.run::<()>(&["REPLICAOF", "127.0.0.1", &port.to_string()]).await;
    }

    async fn is_up(&self) -> bool {
        self.info("master_link_status").await.is_some_and(|status| status == "up")
    }

    async fn offset(&self) -> Option<String> {
        match self.info("slave_repl_offset").await {
            None => self.info("master_repl_offset").await,
            own => own,
        }
    }

    async fn info(&self, name: &str) -> Option<String> {
        let told: String = self.run(&["INFO", "replication"]).await;
        let mut lines = told.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
    }

    async fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let client = Client::open(self.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
        let (name, arguments) = words.split_first().expect("a command");
        let told = redis::cmd(name).arg(arguments).query_async(&mut connection).await;
        told.expect("an answer")
    }
}
