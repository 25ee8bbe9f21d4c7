//! What is counted, as Prometheus reads it.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// Which requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requests {
    /// The route, not the path: a stranger's paths make no labels.
    route: String,
    status: u16,
}

/// The stage that a time is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

/// All counts of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Requests, Counter>,
    seconds: Family<Stage, Histogram>,
    batches: Histogram,
    taken: Gauge,
    /// Tasks that nobody waited for any more, or whose time was over.
    pub(crate) dropped: Counter,
    /// Panics of the engine.
    pub(crate) panics: Counter,
    /// Requests whose client went before there was an answer.
    pub(crate) left: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("shuzi");
        let requests = Family::default();
        let seconds = Family::new_with_constructor(times as fn() -> Histogram);
        let batches = Histogram::new(exponential_buckets(1.0, 2.0, 9));
        let taken = Gauge::default();
        let [dropped, panics, left] = [(); 3].map(|()| Counter::default());
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register_with_unit(
            "request",
            "Time of requests: total, in the queue, and of the batch they were in",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("batch_size", "Tasks answered together", batches.clone());
        registry.register(
            "taken",
            "Images and tensors taken, not answered yet",
            taken.clone(),
        );
        registry.register(
            "dropped",
            "Tasks left undone: their client had gone, or their time was over",
            dropped.clone(),
        );
        registry.register("panics", "Panics of the engine", panics.clone());
        registry.register(
            "left",
            "Requests whose client went before there was an answer",
            left.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            batches,
            taken,
            dropped,
            panics,
            left,
        }
    }

    /// Counts a request that was answered.
    pub(crate) fn request(&self, route: &str, status: u16, total: Duration) {
        let route = route.to_owned();
        self.requests
            .get_or_create(&Requests { route, status })
            .inc();
        self.time("total", total);
    }

    /// Counts the time of a stage.
    pub(crate) fn time(&self, stage: &'static str, time: Duration) {
        let seconds = self.seconds.get_or_create(&Stage { stage });
        seconds.observe(time.as_secs_f64());
    }

    /// Counts tasks that were answered together.
    pub(crate) fn batch(&self, tasks: usize) {
        self.batches.observe(tasks as f64);
    }

    /// All of it as text, OpenMetrics.
    pub(crate) fn text(&self, taken: usize) -> String {
        self.taken.set(i64::try_from(taken).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Times from 0.1 ms to 13 s.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(1e-4, 2.0, 18))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told() {
        let metrics = Metrics::new();
        metrics.request("/v1/read", 200, Duration::from_millis(3));
        metrics.request("/v1/read", 200, Duration::from_millis(3));
        metrics.dropped.inc();
        metrics.batch(5);
        let text = metrics.text(7);
        for line in [
            "shuzi_requests_total{route=\"/v1/read\",status=\"200\"} 2",
            "shuzi_request_seconds_count{stage=\"total\"} 2",
            "shuzi_batch_size_sum 5.0",
            "shuzi_dropped_total 1",
            "shuzi_taken 7",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} in\n{text}");
        }
    }
}
