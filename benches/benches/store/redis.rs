//! Redis, beside `redis-benchmark` with the same commands over the same socket, of which it sends one
//! after the other on each connection.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use oauth_core::store::{Exchange, GrantStore as _, Spend};
use oauth_core_redis::RedisStore;
use redis::{Client, Cmd, FromRedisValue, cmd};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
};

use crate::{
    CLIENTS, Effort,
    load::{Chain, Work, per_second},
    median,
    records::{NOW, grant, key, pair, tenant},
};

/// What `redis-benchmark` replaces by twelve random digits, others in each place.
const RANDOM: &str = "__rand_int__";

/// How many commands are sent to learn how many are sent in a second.
const FEW: u64 = 2_000;

/// A server of the benchmark's own.
pub(crate) struct Server {
    child: Child,
    directory: tempfile::TempDir,
}

impl Server {
    /// One with these settings; none where there is no program, which one line says.
    pub(crate) async fn start(settings: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--unixsocket", "socket", "--save", ""]).args(settings);
        let command = command.current_dir(directory.path()).stdout(Stdio::null());
        let Ok(child) = command.stderr(Stdio::null()).spawn() else {
            println!("Redis left out: there is no redis-server");
            return None;
        };
        let server = Self { child, directory };
        while server.try_run::<()>(&cmd("PING")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(server)
    }

    pub(crate) async fn store(&self) -> Arc<RedisStore> {
        Arc::new(RedisStore::connect(&self.url()).await.expect("a store"))
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    async fn try_run<T: FromRedisValue>(&self, command: &Cmd) -> redis::RedisResult<T> {
        let client = Client::open(self.url())?;
        command.query_async(&mut client.get_multiplexed_async_connection().await?).await
    }

    /// The commands that the server is sent meanwhile, without those of scripts.
    async fn overheard(&self, done: impl Future<Output = ()>) -> Vec<Vec<String>> {
        let mut monitor = BufReader::new(UnixStream::connect(self.socket()).await.expect("a line"));
        monitor.write_all(b"MONITOR\r\n").await.expect("sent");
        let mut lines = monitor.lines();
        lines.next_line().await.expect("an answer");
        done.await;
        self.try_run::<String>(cmd("ECHO").arg("over")).await.expect("an answer");
        let mut commands = Vec::new();
        while let Some(line) = lines.next_line().await.expect("a line") {
            let (from, words) = line.split_once("] ").expect("a command");
            let words = serde_json::Deserializer::from_str(words).into_iter::<String>();
            let words: Vec<String> = words.collect::<Result<_, _>>().expect("words");
            match words[0].as_str() {
                "ECHO" => break,
                "CLIENT" | "HELLO" => {}
                _ if from.ends_with("lua") => {}
                _ => commands.push(words),
            }
        }
        commands
    }

    /// What the store sends for the work, with random names for what is new.
    async fn commands(&self, work: Work) -> Vec<Vec<String>> {
        let store = self.store().await;
        // The server knows the scripts after that, and the grant under which is rotated.
        let mut chain = Chain::begin(&*store, "known").await;
        chain.rotate(&*store).await;
        let mut fresh = vec![key("anew 0").to_string(), key("anew 0 access").to_string()];
        let commands = match work {
            Work::Issue => {
                fresh.extend([grant("anew").id.to_string(), "anew".to_owned()]);
                self.overheard(async { drop(Chain::begin(&*store, "anew").await) }).await
            }
            // A retry, which can be repeated; what is left out is that it wipes the nonce before.
            Work::Rotate => {
                let first = key("known 0");
                let items = pair("anew 0", &grant("known"), Some(first));
                let spend = Spend::Again { since: NOW, retries: u32::MAX };
                let exchange = async {
                    let told = store.exchange(&tenant(), &first, &spend, &items, NOW).await;
                    assert_eq!(told.expect("exchanged"), Exchange::Done);
                };
                self.overheard(exchange).await
            }
        };
        let random = |word: String| {
            fresh.iter().fold(word, |word, name| {
                let kept = name.len().saturating_sub(RANDOM.len());
                word.replace(name, &format!("{}{RANDOM}", &name[..kept]))
            })
        };
        let commands = commands.into_iter().map(|words| words.into_iter().map(random).collect());
        let commands: Vec<Vec<String>> = commands.collect();
        // Repeated, the script that decides does its work again, and does not refuse.
        let (name, arguments) = commands.last().and_then(|last| last.split_first()).expect("one");
        let told = self.try_run::<String>(cmd(name).arg(arguments)).await;
        assert_eq!(told.expect("an answer"), "done");
        commands
    }

    /// How often that many connections are answered in a second.
    fn benchmark(&self, command: &[String], clients: usize, count: u64) -> f64 {
        let output = Command::new("redis-benchmark")
            .arg("-s")
            .arg(self.socket())
            .args(["-q", "-r", "2000000000", "-c", &clients.to_string()])
            .args(["-n", &count.to_string()])
            .args(command)
            .output()
            .expect("redis-benchmark runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.rsplit_once(" requests per second").map(|(before, _)| before);
        let rate = rate.and_then(|before| before.rsplit(' ').next()?.parse().ok());
        let said = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !said.contains("Error"), "{said}");
        rate.expect("redis-benchmark says how many requests it did")
    }

    /// How often all of these commands are, one after the other.
    fn all(&self, commands: &[Vec<String>], clients: usize, time: Duration) -> f64 {
        let each = time.as_secs_f64() / commands.len() as f64;
        let times = commands.iter().map(|command| {
            let few = self.benchmark(command, clients, FEW);
            1.0 / self.benchmark(command, clients, (few * each) as u64 + 1)
        });
        1.0 / times.sum::<f64>()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// With `appendonly`, its file is written to the disk once a second.
pub(crate) async fn measure(effort: Effort, appendonly: &str) {
    println!("| Redis | clients | store / s | redis-benchmark / s | ratio | SET / s |");
    println!("|---|--:|--:|--:|--:|--:|");
    let set = ["SET", RANDOM, "value"].map(str::to_owned).to_vec();
    for work in Work::BOTH {
        for clients in CLIENTS {
            let settings = ["--appendonly", appendonly, "--appendfsync", "everysec"];
            let Some(server) = Server::start(&settings).await else { return };
            let commands = server.commands(work).await;
            let [mut ours, mut theirs, mut ratios, mut sets] = [const { Vec::new() }; 4];
            for _ in 0..effort.rounds {
                // Both begin with new connections.
                let store = server.store().await;
                let own = per_second(&store, work, clients, effort.time).await;
                let bare = server.all(&commands, clients, effort.time);
                ours.push(own);
                theirs.push(bare);
                ratios.push(own / bare);
                sets.push(server.all(std::slice::from_ref(&set), clients, effort.time / 8));
            }
            let [own, bare, ratio, set] = [ours, theirs, ratios, sets].map(median);
            let name = work.name();
            println!(
                "| {name}, appendonly {appendonly} | {clients} | {own:.0} | {bare:.0} | {ratio:.2} | {set:.0} |"
            );
        }
    }
}
