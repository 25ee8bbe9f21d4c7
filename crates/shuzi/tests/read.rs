//! `shuzi read` from end to end.

mod common;

use std::fs;

use common::{ran, read_json, run, sample, shuzi, truth, workspace};
use serde_json::Value;

#[test]
fn every_sample_is_read_right() {
    let mut paths: Vec<_> = fs::read_dir(workspace("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().unwrap() != "md")
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 9);
    let (ran, records) = read_json(&[&sample("")]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (path, record) in paths.iter().zip(&records) {
        assert!(
            record["file"]
                .as_str()
                .unwrap()
                .ends_with(path.file_name().unwrap().to_str().unwrap())
        );
        assert_eq!(record["text"], truth(path), "{}", path.display());
        // The photo's gaps differ so much that it may be several numbers.
        let uneven = path.ends_with("photo-3134727.jpg");
        let accepted = !truth(path).is_empty() && !uneven;
        assert_eq!(record["accepted"], accepted, "{}", path.display());
    }
    assert_eq!(records.len(), paths.len());
}

#[test]
fn json_has_the_fields_that_the_contract_names() {
    let (_, records) = read_json(&[&sample("line-0690.pgm")]);
    let digits = records[0]["numbers"][0]["digits"].as_array().unwrap();
    assert_eq!(digits.len(), 4);
    let mut right = 0;
    for (digit, expected) in digits.iter().zip([0, 6, 9, 0]) {
        assert_eq!(digit["digit"], expected);
        let [x, y, w, h] = [0, 1, 2, 3].map(|i| digit["box"][i].as_u64().unwrap());
        assert!(x >= right && w > 10 && h > 40, "{digit}");
        assert!(x + w <= 386 && y + h <= 130, "{digit}");
        right = x + w;
        let candidates = digit["candidates"].as_array().unwrap();
        assert_eq!(candidates[0][0], expected);
        assert_eq!(candidates[0][1], digit["confidence"]);
        assert!(candidates[0][1].as_f64() >= candidates[1][1].as_f64());
    }
    let confidence = records[0]["confidence"].as_f64().unwrap();
    assert!((0.5..=1.0).contains(&confidence), "{confidence}");
    assert_eq!(records[0]["accepted"], true);
    assert!(records[0].get("reasons").is_none());
    assert!(records[0].get("error").is_none());
}

#[test]
fn text_has_a_line_for_each_image() {
    let files = [sample("line-0690.webp"), sample("blank.png")];
    let ran = run([&["read".to_owned()], &files[..]].concat());
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with(&format!("{}: 0690 (", files[0])),
        "{}",
        lines[0]
    );
    assert_eq!(lines[1], format!("{}: no digits", files[1]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn stdin_is_read_with_a_dash_and_without_anything() {
    let bytes = fs::read(sample("line-0690.tif")).unwrap();
    for args in [&["read", "-"][..], &["read"]] {
        let ran = ran(shuzi().args(args).write_stdin(bytes.clone()));
        assert!(ran.stdout.starts_with("-: 0690 ("), "{}", ran.stdout);
    }
}

#[test]
fn any_number_of_threads_reads_the_same() {
    let one = run(["read", "--threads", "1", "--format", "json", &sample("")]);
    let three = run(["read", "--threads", "3", "--format", "json", &sample("")]);
    assert_eq!(one.stdout, three.stdout);
}

#[test]
fn explain_draws_what_each_stage_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("why");
    let files = [
        sample("line-0690.bmp"),
        sample("line-0690.pgm"),
        sample("blank.png"),
    ];
    let args = ["read", "--explain", out.to_str().unwrap()].map(str::to_owned);
    assert_eq!(run([&args[..], &files].concat()).code, Some(0));
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "blank.binarize.ink.png",
        "blank.decode.png",
        "blank.image.png",
        "blank.txt",
        "line-0690.binarize.background.png",
        "line-0690.binarize.ink.png",
        "line-0690.binarize.page.png",
        "line-0690.classify.1.png",
        "line-0690.classify.2.png",
        "line-0690.classify.3.png",
        "line-0690.classify.4.png",
        "line-0690.decode.png",
        "line-0690.form_removal.png",
        "line-0690.image.png",
        "line-0690.lattice.png",
        "line-0690.recognize.1.png",
        "line-0690.segment.png",
        "line-0690.txt",
        "line-0690~2.binarize.background.png",
        "line-0690~2.binarize.ink.png",
        "line-0690~2.binarize.page.png",
        "line-0690~2.classify.1.png",
        "line-0690~2.classify.2.png",
        "line-0690~2.classify.3.png",
        "line-0690~2.classify.4.png",
        "line-0690~2.decode.png",
        "line-0690~2.form_removal.png",
        "line-0690~2.image.png",
        "line-0690~2.lattice.png",
        "line-0690~2.recognize.1.png",
        "line-0690~2.segment.png",
        "line-0690~2.txt",
    ];
    assert_eq!(names, expected);
    let crop = image::open(out.join("line-0690.classify.2.png"))
        .unwrap()
        .into_luma8();
    assert_eq!(crop.dimensions(), (28, 28));
    let rows = crop
        .rows()
        .filter(|row| row.clone().any(|pixel| pixel.0[0] > 127));
    assert_eq!(rows.count(), 20);
    let words = fs::read_to_string(out.join("line-0690.txt")).unwrap();
    for part in ["read: 0690 (", "runner-up: ", "digit 4: 0 ", "accepted\n"] {
        assert!(words.contains(part), "{part} in {words}");
    }
    let words = fs::read_to_string(out.join("blank.txt")).unwrap();
    assert!(words.contains("refused: nothing there"), "{words}");
    // Coloured boxes on a picture as large as the image.
    let boxes = image::open(out.join("line-0690.decode.png"))
        .unwrap()
        .into_rgb8();
    let original = image::open(&files[0]).unwrap();
    assert_eq!(
        (boxes.width(), boxes.height()),
        (original.width(), original.height())
    );
    assert!(boxes.pixels().any(|pixel| pixel.0[0] != pixel.0[1]));
    // Ink on white, nothing of a blank page.
    let ink = |name: &str| image::open(out.join(name)).unwrap().into_luma8();
    let strokes = ink("line-0690.binarize.ink.png");
    assert_eq!(strokes.dimensions(), boxes.dimensions());
    assert!(strokes.pixels().any(|pixel| pixel.0[0] == 0));
    // The four segments have colours unlike each other.
    let segments = image::open(out.join("line-0690.segment.png"))
        .unwrap()
        .into_rgb8();
    let colours: std::collections::BTreeSet<[u8; 3]> =
        segments.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 4, "{colours:?}");
    let blank = ink("blank.binarize.ink.png");
    assert!(blank.pixels().all(|pixel| pixel.0[0] == 255));
}

#[test]
fn a_bad_file_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("empty.png"), b"").unwrap();
    fs::write(path("text.jpg"), b"not an image at all").unwrap();
    fs::write(path("huge.pgm"), b"P5 60000 60000 255\n").unwrap();
    let whole = fs::read(sample("line-7210414959.png")).unwrap();
    fs::write(path("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let bad = [
        (path("empty.png"), "empty file"),
        (path("text.jpg"), "expected PNG, JPEG"),
        (path("huge.pgm"), "60000×60000"),
        (path("cut.png"), "damaged"),
        (path("absent.png"), "can't read the file"),
    ];
    let good = sample("line-0690.tif");
    let mut args: Vec<&str> = bad.iter().map(|(file, _)| file.as_str()).collect();
    args.insert(2, &good);
    let (ran, records) = read_json(&args);
    assert_eq!(ran.code, Some(1));
    assert_eq!(records.len(), 6);
    assert_eq!(records[2]["text"], "0690");
    for (file, expected) in &bad {
        let record = records
            .iter()
            .find(|record| record["file"] == **file)
            .unwrap();
        let error = record["error"].as_str().unwrap();
        assert!(error.contains(expected), "{error}");
        assert_eq!(record["numbers"].as_array().unwrap().len(), 0);
        let complaint = ran.stderr.lines().find(|line| line.contains(file)).unwrap();
        assert!(complaint.contains(expected), "{complaint}");
    }
    let text = run([&["read"], &args[..]].concat());
    assert_eq!((text.code, text.stdout.lines().count()), (Some(1), 1));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in [
        &["read", "--min-confidence", "1.5", "x.png"][..],
        &["read", "--threads", "0", "x.png"],
        &["read", "--colour"],
        &["wander"],
        &[],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ran.stderr.contains("--help"), "{}", ran.stderr);
    }
}

#[test]
fn a_folder_without_images_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(["read", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no images in"), "{}", ran.stderr);
}

#[test]
fn damaged_or_foreign_weights_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = fs::read(workspace("models/improved-alexnet/config.json")).unwrap();
    let weights = fs::read(workspace("models/improved-alexnet/model.safetensors")).unwrap();
    let mut lying = weights.clone();
    lying[0] = 0xff;
    let mut not_numbers = weights.clone();
    let end = not_numbers.len() - 4;
    not_numbers[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    for (name, bytes) in [
        ("empty", &[][..]),
        ("cut", &weights[..weights.len() / 2]),
        ("lying", &lying),
        ("nan", &not_numbers),
    ] {
        let model = folder.path().join(name);
        fs::create_dir(&model).unwrap();
        fs::write(model.join("config.json"), &config).unwrap();
        fs::write(model.join("model.safetensors"), bytes).unwrap();
        let model = model.to_str().unwrap();
        let ran = run(["read", "--model", model, &sample("digit-4.png")]);
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!("{name}/model.safetensors")),
            "{}",
            ran.stderr
        );
    }
    // Weights of another architecture.
    let text = String::from_utf8(config).unwrap();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("config.json"), text.replacen("1024", "512", 1)).unwrap();
    fs::write(other.join("model.safetensors"), &weights).unwrap();
    let ran = run([
        "read",
        "--model",
        other.to_str().unwrap(),
        &sample("digit-4.png"),
    ]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("fc1") && ran.stderr.contains("expected"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_known_of_a_number_decides_between_readings() {
    let line = sample("line-7210414959.png");
    let read = |args: &[&str]| {
        let (ran, records) = read_json(&[&[line.as_str()], args].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        records[0].clone()
    };
    let free = read(&[]);
    assert_eq!((free.get("raw"), free.get("corrected")), (None, None));

    let formatted = read(&["--pattern", r"\d{3}-\d{3}/\d{4}", "--length", "10"]);
    assert_eq!(formatted["text"], "721-041/4959");
    assert_eq!(formatted["raw"], "7210414959");
    assert_eq!(
        (&formatted["accepted"], formatted.get("corrected")),
        (&true.into(), None)
    );

    // The 5 is clearly one: what a rule makes of it is not believed.
    let forced = read(&["--pattern", "72104149[0-4]9"]);
    assert_eq!(
        (&forced["accepted"], &forced["corrected"]),
        (&false.into(), &true.into())
    );
    assert!(forced["confidence"].as_f64().unwrap() < 0.2, "{forced}");
    let ran = run(["read", &line, "--pattern", "72104149[0-4]9"]);
    assert!(ran.stdout.contains(": 72104149?9 ("), "{}", ran.stdout);
    let ran = run(["read", &line, "--pattern", "72104149[0-4]9", "--guess"]);
    assert!(!ran.stdout.contains('?'), "{}", ran.stdout);

    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    fs::write(&list, "7210414950\n7210414959\n99\n").unwrap();
    let known = read(&["--lexicon", list.to_str().unwrap()]);
    assert_eq!(
        (&known["text"], &known["accepted"]),
        (&"7210414959".into(), &true.into())
    );
    assert!(known["margin"].as_f64().unwrap() > 1.0);

    // One digit too many for that: some nine of them may be meant, none for sure.
    let fewer = read(&["--length", "9"]);
    assert_eq!(fewer["accepted"], false, "{fewer}");
    assert!(fewer["confidence"].as_f64().unwrap() < 0.9, "{fewer}");
    // So some ten are, and a value of ten digits, the zeros before it not counted.
    for args in [["--length", "8-11"], ["--range", "7000000000..7999999999"]] {
        let ten = read(&args);
        assert_eq!(
            (&ten["text"], &ten["accepted"]),
            (&"7210414959".into(), &true.into()),
            "{args:?}"
        );
    }
    let low = read(&["--range", "0..50"]);
    assert_eq!(low["accepted"], false, "{low}");
    let grouped = read(&["--pattern", r"(\+\d{2} )?(\d{3}[-/]?){2}\d+"]);
    assert_eq!(
        (&grouped["text"], &grouped["accepted"]),
        (&"7210414959".into(), &true.into())
    );
    let none = read(&["--length", "30"]);
    assert_eq!(
        (&none["text"], &none["accepted"]),
        (&"".into(), &false.into())
    );
    assert_eq!(none["raw"], "7210414959");
    assert_eq!(none["reasons"][0]["kind"], "no-such-number");
}

#[test]
fn rules_that_no_number_obeys_are_refused() {
    let line = sample("line-7210414959.png");
    for (args, code, expected) in [
        (
            &["--check", "isbn13", "--length", "12"][..],
            1,
            "contradict",
        ),
        (&["--pattern", r"\d{0}"], 2, "character 3"),
        (&["--pattern", r"\d."], 2, "character 3"),
        (&["--pattern", r"\d{4}", "--length", "1-3"], 1, "contradict"),
        (&["--length", "3-1"], 2, "like 1-3"),
        (&["--range", "50..0"], 2, "like 0..50"),
        (&["--range", "1000..2000", "--length", "3"], 1, "contradict"),
        (&["--check", "crc32"], 2, "luhn"),
        (&["--lexicon", "no/such/list"], 1, "no/such/list"),
        (&["--resume"], 2, "--out"),
    ] {
        let ran = run([&["read", line.as_str()], args].concat());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(code), ""),
            "{args:?}"
        );
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn a_file_of_lines_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("numbers.jsonl");
    let out = out.to_str().unwrap();
    let first = [sample("digit-4.png"), "no/such/file.png".into()];
    let ran = run(["read", &first[0], &first[1], "--out", out]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("no/such/file.png"), "{}", ran.stderr);
    let before = fs::read_to_string(out).unwrap();
    assert_eq!(before.lines().count(), 2);

    let again = run(["read", &first[0], "--out", out]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--resume"), "{}", again.stderr);

    // Killed in the middle of a line.
    fs::write(out, format!("{before}{{\"file\":\"samp")).unwrap();
    let pattern = sample("line-0690.*");
    let ran = run([
        "read", &first[0], &first[1], &pattern, "--out", out, "--resume",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 images are read already"),
        "{}",
        ran.stderr
    );
    let after = fs::read_to_string(out).unwrap();
    assert!(after.starts_with(&before));
    let texts: Vec<Value> = after
        .lines()
        .skip(2)
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].clone())
        .collect();
    assert_eq!(texts, ["0690"; 4]);

    fs::write(out, "not json\n").unwrap();
    let ran = run(["read", &first[0], "--out", out, "--resume"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("line 1"), "{}", ran.stderr);
    assert_eq!(
        fs::read_to_string(out).unwrap(),
        "not json\n",
        "nothing is lost"
    );
}

#[test]
fn images_come_from_a_list_and_a_pattern() {
    let list = format!("{}\n{}\n", sample("digit-4.png"), sample("line-0690.pgm"));
    let listed = ran(shuzi()
        .args(["read", "--files-from", "-"])
        .write_stdin(list));
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let numbers: Vec<&str> = listed
        .stdout
        .lines()
        .map(|line| line.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(numbers, ["4", "0690"]);
    let none = run(["read", &sample("none-*.png")]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("no file fits"), "{}", none.stderr);
}
