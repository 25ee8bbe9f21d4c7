use proptest::prelude::*;

use super::*;
use crate::{method::names, samples::Samples};

fn fitted(name: &str) -> Baseline {
    let pixels = [0, 10, 5, 0, 250, 255, 255, 245, 120, 130, 0, 255];
    let samples = Samples::new(&pixels, &[0, 0, 1, 1, 2, 2], 3).unwrap();
    let method = Method::named(name).unwrap();
    method.fit(samples, &mut |_, _| ()).unwrap()
}

#[test]
fn saved_methods_load_and_answer_the_same() {
    for name in names() {
        let directory = tempfile::tempdir().unwrap();
        let before = fitted(name);
        before.save(directory.path()).unwrap();
        let found = Method::find(directory.path().to_str().unwrap()).unwrap();
        assert_eq!(found, Some(before.method()));
        let after = Baseline::load(directory.path()).unwrap();
        assert_eq!(after, before, "{name}");
        let images = [0.1, 0.2, 0.9, 0.8];
        assert_eq!(
            after.scores(&images).unwrap(),
            before.scores(&images).unwrap()
        );
        assert!(matches!(
            after.scores(&images[..3]),
            Err(ClassicalError::Images {
                expected: 2,
                got: 3
            })
        ));
    }
}

#[test]
fn files_of_another_method_are_refused_by_tensor() {
    let directory = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    fitted("knn").save(directory.path()).unwrap();
    fitted("svm").save(other.path()).unwrap();
    fs::copy(
        other.path().join(WEIGHTS_FILE),
        directory.path().join(WEIGHTS_FILE),
    )
    .unwrap();
    let error = Baseline::load(directory.path()).unwrap_err().to_string();
    assert!(error.contains("tensor labels: expected"), "{error}");
}

#[test]
fn a_method_is_found_by_name_and_by_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let method = Method::Svm { c: 2.0, gamma: 0.5 };
    let path = method.save(directory.path()).unwrap();
    let find = |reference: &str| Method::find(reference);
    assert_eq!(find(path.to_str().unwrap()).unwrap(), Some(method));
    assert_eq!(find("knn").unwrap(), Method::named("knn"));
    assert_eq!(find("no/such/thing").unwrap(), None);
    fs::write(&path, "{\"architecture\": {}}").unwrap();
    assert_eq!(find(path.to_str().unwrap()).unwrap(), None);
    fs::write(&path, "{\"classical\": {\"type\": \"svn\"}}").unwrap();
    assert!(find(path.to_str().unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_never_panic(
        method in 0..3usize,
        in_config in any::<bool>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        fitted(names().nth(method).unwrap()).save(directory.path()).unwrap();
        let mut config = fs::read(directory.path().join(CONFIG_FILE)).unwrap();
        let mut weights = fs::read(directory.path().join(WEIGHTS_FILE)).unwrap();
        let damaged = if in_config { &mut config } else { &mut weights };
        let at = at.index(damaged.len());
        damaged[at] = byte;
        let place = Path::new("file");
        if let Ok(baseline) = Baseline::from_bytes(&config, &weights, place, place) {
            let image = vec![0.5; baseline.dimension()];
            let _ = baseline.scores(&image);
        }
    }
}
