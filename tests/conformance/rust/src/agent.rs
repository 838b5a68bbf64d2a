//! The face of another language: a program that makes calls as it is told on its standard input, and
//! tells on its standard output what came out. tests/conformance/README.md describes the orders.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::face::{Face, Logged, PATIENCE, Timed};
use crate::order::{BYTES, Mode, Named, Order};
use crate::outcome::{Done, Failed, Failure};

/// A program that makes calls.
#[derive(Debug)]
pub struct Agent {
    command: Vec<String>,
    environment: Vec<(String, Option<String>)>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

/// One line of an agent.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Answer {
    opened: bool,
    ended: bool,
    error: Option<Failed>,
    done: Option<Vec<Value>>,
    log: Option<Vec<Record>>,
    model: Option<Value>,
    agent: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    level: String,
    message: String,
    #[serde(default)]
    fields: serde_json::Map<String, Value>,
}

impl Agent {
    /// An agent that this command starts.
    #[must_use]
    pub fn new(command: &[String]) -> Self {
        Self {
            command: command.to_vec(),
            environment: Vec::new(),
            running: None,
        }
    }

    /// Environment variables that it is started with; nothing for one that is not to be set.
    #[must_use]
    pub fn with_environment(mut self, environment: Vec<(String, Option<String>)>) -> Self {
        self.environment = environment;
        self
    }

    /// Sends orders and waits for the answer to the last of them. An agent that does not answer is
    /// ended; the next orders start another.
    fn ask(&mut self, orders: &str, patience: Duration) -> Result<Answer, String> {
        let asked = self.exchange(orders, patience);
        if asked.is_err()
            && let Some(mut running) = self.running.take()
        {
            // It may be gone already, which is as good.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        let answer: Answer = serde_json::from_str(&asked?)
            .map_err(|error| format!("the agent's answer cannot be read: {error}"))?;
        match answer.agent {
            Some(what) => Err(format!("the agent: {what}")),
            None => Ok(answer),
        }
    }

    fn exchange(&mut self, orders: &str, patience: Duration) -> Result<String, String> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(start(&self.command, &self.environment)?),
        };
        let sent = running
            .orders
            .write_all(orders.as_bytes())
            .and_then(|()| running.orders.flush());
        if let Err(error) = sent {
            return Err(format!("the agent is gone: {error}"));
        }
        running
            .answers
            .recv_timeout(patience)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => "the agent does not answer".to_owned(),
                RecvTimeoutError::Disconnected => "the agent ended".to_owned(),
            })
    }

    fn outcomes(&mut self, order: &Order) -> Result<Vec<Timed>, String> {
        let mut lines = Lines::default();
        lines.line(&["call", &order.method]);
        for (name, value) in &order.arguments {
            lines.argument(name, value);
        }
        for (name, value) in &order.options {
            lines.pairs("option", name, value);
        }
        for (name, value) in &order.wait {
            lines.pairs("wait", name, value);
        }
        match order.mode {
            Mode::Value => {}
            // A wait has no raw form.
            Mode::Raw if order.waits() => {}
            Mode::Raw => lines.line(&["mode", "raw"]),
            Mode::Items => lines.line(&["mode", "items"]),
        }
        let times = (order.times > 1).then_some(order.times as u64);
        for (name, number) in [
            ("limit", order.limit),
            ("cancel", order.cancel_after_ms),
            ("times", times),
        ] {
            if let Some(number) = number {
                lines.line(&[name, &number.to_string()]);
            }
        }
        lines.line(&["go"]);
        let answer = self.ask(&lines.0, PATIENCE)?;
        let done = answer.done.ok_or("the agent does not say what came out")?;
        if done.len() != order.times.max(1) {
            return Err(format!("the agent made {} calls", done.len()));
        }
        done.into_iter().map(timed).collect()
    }
}

fn timed(outcome: Value) -> Result<Timed, String> {
    let elapsed = outcome
        .get("elapsed_ms")
        .and_then(Value::as_f64)
        .ok_or("an outcome has no elapsed_ms")?;
    let bad = |error: serde_json::Error| format!("an outcome cannot be read: {error}: {outcome}");
    let done = match outcome.get("error") {
        Some(error) => {
            let failed = Failed::deserialize(error).map_err(bad)?;
            Err(Failure::Call(Box::new(failed)))
        }
        None => Ok(Done::deserialize(&outcome).map_err(bad)?),
    };
    Ok((done, elapsed))
}

impl Face for Agent {
    fn open(
        &mut self,
        provider: &str,
        settings: &Named,
        token: &str,
        shown: &mut String,
    ) -> Result<(), Failure> {
        let mut orders = Lines::default();
        orders.line(&["client", provider]);
        // Other credentials stand in place of the usual token.
        if !settings.contains_key("credentials") {
            orders.line(&["set", "token", token]);
        }
        for (name, value) in settings {
            orders.pairs("set", name, value);
        }
        orders.line(&["open"]);
        let answer = self.ask(&orders.0, PATIENCE).map_err(Failure::Case)?;
        if let Some(error) = answer.error {
            shown.push_str(&error.debug);
            return Err(Failure::Call(Box::new(error)));
        }
        if answer.opened {
            Ok(())
        } else {
            Err(Failure::Case("the agent opened nothing".to_owned()))
        }
    }

    fn call(&mut self, order: &Order) -> Vec<Timed> {
        self.outcomes(order)
            .unwrap_or_else(|why| vec![(Err(Failure::Case(why)), 0.0)])
    }

    fn round_trip(
        &mut self,
        provider: &str,
        model: &str,
        instance: &Value,
    ) -> Result<Value, Failure> {
        let mut lines = Lines::default();
        lines.line(&["model", provider, model, &instance.to_string()]);
        let answer = self.ask(&lines.0, PATIENCE).map_err(Failure::Case)?;
        match (answer.model, answer.error) {
            (Some(again), _) => Ok(again),
            (None, Some(error)) => Err(Failure::Call(Box::new(error))),
            (None, None) => Err(Failure::Case("the agent gives no model".to_owned())),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        if self.ask("end\n", PATIENCE)?.ended {
            Ok(())
        } else {
            Err("the agent did not end the client".to_owned())
        }
    }

    fn log(&mut self) -> Result<Option<Logged>, String> {
        let records = self
            .ask("log\n", PATIENCE)?
            .log
            .ok_or("the agent does not say what was logged")?;
        let mut spans = Vec::new();
        let mut warnings = Vec::new();
        for record in records {
            if record.level == "warning" || record.level == "error" {
                let fields = Value::Object(record.fields);
                warnings.push(format!("{} {fields}", record.message));
            } else if record.message == "call" {
                spans.push(Value::Object(record.fields));
            }
        }
        Ok(Some((spans, warnings)))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(Running {
            mut child, orders, ..
        }) = self.running.take()
        {
            drop(orders);
            // It ends with its input; one that does not is of no use any more.
            for _ in 0..100 {
                if matches!(child.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start(command: &[String], environment: &[(String, Option<String>)]) -> Result<Running, String> {
    let [program, arguments @ ..] = command else {
        return Err("there is no command to start an agent with".to_owned());
    };
    let mut command = Command::new(program);
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))?;
    let (Some(orders), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the agent has no pipes".to_owned());
    };
    let (tell, answers) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    Ok(Running {
        child,
        orders,
        answers,
    })
}

/// Orders, a line each: words parted by spaces, so that a reader needs no library.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, words: &[&str]) {
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.0.push(' ');
            }
            for letter in word.chars() {
                if letter == ' ' || letter == '%' || letter.is_ascii_control() {
                    self.0.push_str(&format!("%{:02X}", u32::from(letter)));
                } else {
                    self.0.push(letter);
                }
            }
        }
        self.0.push('\n');
    }

    fn argument(&mut self, name: &str, value: &Value) {
        if let Value::Array(items) = value {
            self.line(&["arg", name, "list"]);
            for item in items {
                self.typed("item", name, item);
            }
        } else {
            self.typed("arg", name, value);
        }
    }

    fn typed(&mut self, order: &str, name: &str, value: &Value) {
        match value {
            Value::Null => self.line(&[order, name, "null"]),
            Value::Bool(flag) => self.line(&[order, name, "bool", &flag.to_string()]),
            Value::Number(number) => self.line(&[order, name, "number", &number.to_string()]),
            Value::String(text) => self.line(&[order, name, "text", text]),
            Value::Object(fields) if fields.contains_key(BYTES) => {
                let hex = fields.get(BYTES).and_then(Value::as_str);
                self.line(&[order, name, "bytes", hex.unwrap_or_default()]);
            }
            other => self.line(&[order, name, "json", &other.to_string()]),
        }
    }

    /// A setting or option; `headers` and `query` are a line for each pair.
    fn pairs(&mut self, order: &str, name: &str, value: &Value) {
        match value {
            Value::Object(pairs) => {
                let each = name.strip_suffix('s').unwrap_or(name);
                for (name, value) in pairs {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    self.line(&[order, each, name, &value]);
                }
            }
            Value::String(text) => self.line(&[order, name, text]),
            other => self.line(&[order, name, &other.to_string()]),
        }
    }
}
