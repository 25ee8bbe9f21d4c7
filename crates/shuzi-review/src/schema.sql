-- What a stack of doubtful numbers is, and all that people ever said of it.
-- Items and acts are never changed and never deleted; what holds at present is a view.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
-- How many people key each item: 1, or 2 blind of each other.
INSERT INTO setting VALUES ('keyings', 1);

CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    row TEXT NOT NULL,              -- picture or form that it stands on
    field TEXT NOT NULL,
    proposed TEXT NOT NULL,         -- what the reader says
    confidence REAL NOT NULL,
    accepted INTEGER NOT NULL,      -- whether the reader is sure enough
    reasons TEXT NOT NULL,          -- why not, a JSON list of sentences
    rule TEXT,                      -- what it has to obey
    model TEXT NOT NULL,            -- hash of the networks
    template TEXT,                  -- hash of the form's template
    known TEXT,                     -- what it is, where somebody knew before
    crop BLOB,                      -- PNG, until it is forgotten
    UNIQUE (row, field)
) STRICT;
CREATE INDEX item_doubt ON item (confidence);

-- A digit of an item, as the network saw it.
CREATE TABLE glyph (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES item,
    place INTEGER NOT NULL,         -- from 0 at the left
    digit INTEGER NOT NULL,         -- what it was read as
    confidence REAL NOT NULL,
    pixels BLOB,                    -- 28 × 28, 0 paper to 255 ink, until it is forgotten
    UNIQUE (item, place)
) STRICT;
CREATE INDEX glyph_doubt ON glyph (digit, confidence);

CREATE TABLE act (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,        -- the client's
    operator TEXT NOT NULL,
    began INTEGER NOT NULL,         -- when it was shown, milliseconds since 1970
    at INTEGER NOT NULL,            -- when it was said
    kind TEXT NOT NULL CHECK (kind IN ('key', 'check', 'group', 'arbitrate', 'undo')),
    item INTEGER REFERENCES item,   -- none of a group
    undoes INTEGER UNIQUE REFERENCES act,
    shown TEXT NOT NULL,            -- JSON
    before TEXT,
    after TEXT,
    request TEXT NOT NULL           -- JSON, to know it again
) STRICT;
CREATE INDEX act_item ON act (item);
CREATE INDEX act_operator ON act (operator);

-- What a group act says of each digit.
CREATE TABLE verdict (
    act INTEGER NOT NULL REFERENCES act,
    glyph INTEGER NOT NULL REFERENCES glyph,
    outlier INTEGER NOT NULL,
    planted INTEGER NOT NULL,       -- shown under a wrong heading, to see whether it is seen
    PRIMARY KEY (act, glyph)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_glyph ON verdict (glyph);

-- What is before whom.
CREATE TABLE lease (
    item INTEGER PRIMARY KEY REFERENCES item,
    operator TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('key', 'check', 'arbitrate')),
    began INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE TABLE glyph_lease (
    glyph INTEGER PRIMARY KEY REFERENCES glyph,
    operator TEXT NOT NULL,
    heading INTEGER NOT NULL,
    planted INTEGER NOT NULL,
    began INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TRIGGER act_stays BEFORE UPDATE ON act
BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END;
CREATE TRIGGER act_is_kept BEFORE DELETE ON act
BEGIN SELECT RAISE(ABORT, 'acts are never deleted'); END;
CREATE TRIGGER verdict_stays BEFORE UPDATE ON verdict
BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END;
CREATE TRIGGER verdict_is_kept BEFORE DELETE ON verdict
BEGIN SELECT RAISE(ABORT, 'acts are never deleted'); END;
CREATE TRIGGER item_stays BEFORE UPDATE OF id, row, field, proposed, confidence, accepted,
    reasons, rule, model, template, known ON item
BEGIN SELECT RAISE(ABORT, 'items are never changed'); END;
CREATE TRIGGER item_is_kept BEFORE DELETE ON item
BEGIN SELECT RAISE(ABORT, 'items are never deleted'); END;

-- Acts that hold: neither undone nor an undoing.
CREATE VIEW live AS
SELECT * FROM act AS a
WHERE kind <> 'undo' AND NOT EXISTS (SELECT 1 FROM act AS u WHERE u.undoes = a.seq);

-- Verdicts that hold, on digits that stood under their own heading.
CREATE VIEW judged AS
SELECT v.glyph, v.outlier, a.seq, a.operator
FROM verdict AS v JOIN live AS a ON a.seq = v.act
WHERE v.planted = 0;

-- What was said of each item. Subqueries that name the item alone: SQLite then looks them up.
CREATE VIEW said AS
SELECT i.id AS item, i.accepted, i.proposed,
    (SELECT count(*) FROM live AS a WHERE a.item = i.id AND a.kind = 'key') AS keyed,
    (SELECT min(a.after) FROM live AS a WHERE a.item = i.id AND a.kind = 'key') AS low,
    (SELECT max(a.after) FROM live AS a WHERE a.item = i.id AND a.kind = 'key') AS high,
    -- All its digits stood in groups, and were left there.
    EXISTS (SELECT 1 FROM glyph AS g WHERE g.item = i.id) AND NOT EXISTS (
        SELECT 1 FROM glyph AS g WHERE g.item = i.id AND NOT EXISTS (
            SELECT 1 FROM judged AS j WHERE j.glyph = g.id AND j.outlier = 0
        )
    ) AS grouped,
    (SELECT a.after FROM live AS a WHERE a.item = i.id AND a.kind = 'arbitrate') AS settled
FROM item AS i;

-- A group's word is a vote for what the reader says.
CREATE VIEW counted AS
SELECT item, accepted, proposed, settled, grouped,
    keyed + grouped AS votes,
    coalesce(low, CASE WHEN grouped THEN proposed END) AS text,
    coalesce(low <> high OR (grouped AND low <> proposed), 0) AS differ
FROM said;

-- What holds of each item at present.
CREATE VIEW state AS
SELECT item, votes, grouped,
    CASE
        WHEN settled IS NOT NULL THEN 'arbitrated'
        WHEN differ THEN 'disputed'
        WHEN votes >= (SELECT value FROM setting WHERE name = 'keyings') THEN 'agreed'
        WHEN votes = 0 AND accepted THEN 'read'
        ELSE 'open'
    END AS phase,
    CASE
        WHEN settled IS NOT NULL THEN settled
        WHEN differ THEN NULL
        WHEN votes >= (SELECT value FROM setting WHERE name = 'keyings') THEN text
        WHEN votes = 0 AND accepted THEN proposed
    END AS value
FROM counted;
