//! Where fields lie in packets, descriptors and slots, found by encoding; and tables of values.

use super::source::fields;
use super::tables::{bits, code, table};
use synfire_format::config::PeConfig;
use synfire_format::packet;
use synfire_format::pass::{Descriptor, FIELDS, FlagTo, Rows, XKind};
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_format::recipe::{self, A, B, C, Flag, Op, Pred, Round, Slot};

/// Names of fields and, for each, descriptors that together set all bits of it.
macro_rules! with {
    ($($field:ident: $($value:expr),+;)+) => {
        vec![$((stringify!($field), vec![$(Descriptor { $field: $value, ..Descriptor::default() }),+])),+]
    };
}

/// Names of fields of a slot, their lowest bits, slots that together set all bits, and meanings.
macro_rules! slot_with {
    ($($field:ident at $lsb:ident: $($value:expr),+; $meaning:literal)+) => {
        vec![$((stringify!($field), recipe::$lsb, vec![$(Slot { $field: $value, ..Slot::NOP }),+], $meaning)),+]
    };
}

/// Name of a slot's field and each value with its code.
macro_rules! codes {
    ($field:ident at $lsb:ident, $width:literal: $($value:expr),+) => {
        (stringify!($field), vec![$((
            format!("{:?}", $value),
            Slot { $field: $value, ..Slot::NOP }.encode() >> recipe::$lsb & ((1 << $width) - 1),
        )),+])
    };
}

pub fn packet_fields(out: &mut String) {
    let of = |kind, key, payload| packet::Packet { kind, key, payload }.encode() & !(1 << 64);
    let empty = of(0, 0, None);
    let kind = of(3, 0, None) ^ empty;
    let key = of(0, u32::MAX, None) ^ empty;
    let present = of(0, 0, Some(0)) ^ empty;
    let payload = of(0, 0, Some(u32::MAX)) ^ of(0, 0, Some(0));
    // The parity bit follows the others: it is what `of` hides.
    let parity = packet::Packet {
        kind: 0,
        key: 0,
        payload: None,
    }
    .encode();
    let rest = ((1 << packet::BITS) - 1) & !(kind | key | present | payload | parity);
    let rows = [
        (kind, "type"),
        (rest, "emergency state, time phase: 0"),
        (present, "payload present"),
        (parity, "odd parity over the packet"),
        (key, "key"),
        (payload, "payload, 0 without one"),
    ];
    table(
        out,
        &["bits", "field"],
        rows.map(|(b, n)| vec![bits(b), n.into()]).into(),
    );
}

/// Each field's place is where the encoding changes with it.
pub fn descriptor_fields(out: &mut String, source: &str) {
    let all: Vec<(&str, Vec<Descriptor>)> = with! {
        rows: Rows::Slots, Rows::Table; event_walk: true; x_kind: XKind::Vec16, XKind::Acc32; x_clear: true; planes: 7;
        plane_writes: 15; scatter: true; reduce: true; vector: true; scalars: 7; skip: true;
        flag_to: FlagTo::Queue, FlagTo::Bitmap; x_shift: 15; slots: 15; next: !0; recipe: !0; row_first: !0;
        row_count: !0; entries: !0; row_stride: !0; index_base: !0; plane_base: [!0; 4]; x_base: !0; y_base: !0;
        o_base: !0; scalar_base: [!0; 4]; table_base: !0; event_base: !0; queue_base: !0; queue_capacity: !0;
        population: !0; row_offset: !0; tag: !0;
    };
    let empty = Descriptor::default().fields();
    let docs = fields(source, "Descriptor");
    let names: Vec<&str> = docs.iter().map(|(n, _)| n.as_str()).collect();
    let listed: Vec<&str> = all.iter().map(|(n, _)| *n).collect();
    assert_eq!(
        names, listed,
        "every field of `Descriptor` belongs to this list, in its order"
    );
    let row = |((name, with), (_, doc)): ((&str, Vec<Descriptor>), &(String, String))| {
        let place = |i: usize| with.iter().fold(0, |m, w| m | w.fields()[i] ^ empty[i]);
        let used: Vec<usize> = (0..FIELDS).filter(|&i| place(i) != 0).collect();
        let (first, last) = (used[0], used[used.len() - 1]);
        let field = if first == last {
            format!("{first}")
        } else {
            format!("{first}..{last}")
        };
        // The source notes the place too, as `[0]` bits 1..0: text. It is computed here, so only the text is taken.
        let note = doc
            .split_once("]`")
            .map_or(doc.as_str(), |(_, rest)| rest.trim());
        let meaning = match note.split_once(": ") {
            Some((place, text)) if place.starts_with("bit") => text,
            _ if note.starts_with("bit") => "",
            _ => note,
        };
        vec![field, bits(place(first).into()), code(name), meaning.into()]
    };
    table(
        out,
        &["field", "bits", "name", "meaning"],
        all.into_iter().zip(&docs).map(row).collect(),
    );
    let codes = [
        (
            "rows",
            [Rows::Dense as u16, Rows::Slots as u16, Rows::Table as u16],
            ["Dense", "Slots", "Table"],
        ),
        (
            "x_kind",
            [XKind::None as u16, XKind::Vec16 as u16, XKind::Acc32 as u16],
            ["None", "Vec16", "Acc32"],
        ),
        (
            "flag_to",
            [
                FlagTo::None as u16,
                FlagTo::Queue as u16,
                FlagTo::Bitmap as u16,
            ],
            ["None", "Queue", "Bitmap"],
        ),
    ];
    let row = |(field, codes, names): (&str, [u16; 3], [&str; 3])| {
        let list: Vec<String> = codes
            .iter()
            .zip(names)
            .map(|(c, n)| format!("{c} {n}"))
            .collect();
        vec![code(field), list.join(", ")]
    };
    table(out, &["field", "codes"], codes.map(row).into());
}

pub fn slot_fields(out: &mut String) {
    let all = slot_with! {
        op at OP_LSB: Op::Sel, Op::NegIf; "operation"
        a at A_LSB: A::R(2); "first operand"
        b at B_LSB: B::K(3), B::X; "second operand"
        c at C_LSB: C::K(3); "addend or comparand"
        shift at SHIFT_LSB: 15; "of the product, to the right"
        round at ROUND_LSB: Round::Nearest, Round::Stochastic; "of the product"
        pred at PRED_LSB: Pred::IfP, Pred::IfNotP; "when the product counts"
        result at RESULT_LSB: Some(2), Some(1); "0 none, n + 1 result n"
        plane at PLANE_LSB: Some(3); "highest bit enables, the others number"
        to_y at TO_Y_BIT: true; "r is the addend of Y"
        to_o at TO_O_BIT: true; "r is the addend of O"
        flag at FLAG_LSB: Flag::Negative; "condition of the entry's flag"
    };
    let row = |(name, lsb, with, meaning): (&str, u32, Vec<Slot>, &str)| {
        let place = with.iter().fold(0, |m, s| m | s.encode());
        assert_eq!(
            place.trailing_zeros(),
            lsb,
            "`{name}` begins where its constant says"
        );
        vec![bits(place.into()), code(name), meaning.into()]
    };
    table(
        out,
        &["bits", "field", "meaning"],
        all.into_iter().map(row).collect(),
    );
}

pub fn slot_codes(out: &mut String) {
    let all = [
        codes!(op at OP_LSB, 3: Op::Mac, Op::Min, Op::Max, Op::Ge, Op::Eq, Op::Sel, Op::NegIf),
        codes!(a at A_LSB, 3: A::P(0), A::P(3), A::X, A::R(0), A::R(2)),
        codes!(b at B_LSB, 4: B::S(0), B::S(3), B::K(0), B::K(3), B::X, B::R(0), B::R(2)),
        codes!(c at C_LSB, 4: C::Zero, C::R(0), C::R(2), C::P(0), C::P(3), C::S(0), C::S(3), C::K(0), C::K(3)),
        codes!(round at ROUND_LSB, 2: Round::Floor, Round::Nearest, Round::Stochastic),
        codes!(pred at PRED_LSB, 2: Pred::Always, Pred::IfP, Pred::IfNotP),
        codes!(flag at FLAG_LSB, 2: Flag::None, Flag::NotPositive, Flag::NonZero, Flag::Negative),
    ];
    let row = |(name, codes): (&str, Vec<(String, u32)>)| {
        let list: Vec<String> = codes
            .iter()
            .map(|(text, v)| format!("{v} `{text}`"))
            .collect();
        vec![code(name), list.join(", ")]
    };
    table(
        out,
        &["field", "codes (numbers between two of a kind count on)"],
        all.map(row).into(),
    );
}

pub fn configurations(out: &mut String) {
    let row = |c: PeConfig| {
        vec![
            code(&c.name),
            format!("{} KB", c.sram_bytes >> 10),
            format!("{} bits", c.word_bits),
            c.banks.to_string(),
            if c.single_port {
                "one, reads or writes"
            } else {
                "one read, one write"
            }
            .into(),
            c.lanes.to_string(),
            c.mults.to_string(),
            if c.rv32e { "RV32E" } else { "RV32I" }.into(),
        ]
    };
    let heads = [
        "name",
        "SRAM",
        "word",
        "banks",
        "ports a bank",
        "lanes L",
        "multipliers a lane M",
        "core",
    ];
    table(out, &heads, PeConfig::all().into_iter().map(row).collect());
}

pub fn draws(out: &mut String) {
    let row = |(seed, step, [population, row, tag, slot, attempt]): (u32, u32, [u16; 5])| {
        let key = row_key(
            seed,
            step,
            RowIndex {
                population,
                row,
                tag,
            },
        );
        let d = draw(key, slot, attempt);
        let mut cells = vec![seed.to_string(), step.to_string()];
        cells.extend([population, row, tag, slot, attempt].map(|v| v.to_string()));
        cells.extend([format!("`{key:#018x}`"), format!("`{d:#010x}`")]);
        cells
    };
    let rows = [(1, 2, [3, 4, 5, 6, 7]), (0, 0, [0; 5]), (!0, !0, [!0; 5])];
    let heads = [
        "seed",
        "step",
        "population",
        "row",
        "tag",
        "slot",
        "attempt",
        "row key",
        "draw",
    ];
    table(out, &heads, rows.map(row).into());
}
