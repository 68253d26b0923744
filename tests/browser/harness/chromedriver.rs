//! The driver that controls Chromium.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// How often a driver that does not get its port is started.
const TRIES: usize = 5;

/// A driver for one test, on a free port; its browsers end with it.
pub struct Chromedriver {
    process: Child,
    port: u16,
    /// For temporary files, because Chromium leaves some behind.
    _folder: TempDir,
}

impl Chromedriver {
    /// Starts a driver. The free port that it finds can be taken before it listens there, so it may try again.
    pub fn start() -> Self {
        (0..TRIES).find_map(|_| Self::try_to_start()).expect("chromedriver reports its port")
    }

    fn try_to_start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed here: apt-get install chromium chromium-driver");
        let greeting = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = greeting.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        match port {
            Some(port) => Some(Self { process, port, _folder: folder }),
            None => {
                // Its output has ended, and so has the process.
                _ = process.wait();
                None
            }
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Shuts it down with its browsers; killed, it would leave them behind.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            _ = self.process.kill();
        }
        _ = self.process.wait();
    }
}
