//! Passes as learning makes them, on 64 KB.

use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{A, B, C, Flag, Op, Recipe, Round, Slot};
use synfire_golden::scenario::{Rng, Scenario};

/// A multiply-add of two operands, delivered nowhere yet.
pub fn mac(a: A, b: B) -> Slot {
    Slot { a, b, ..Slot::NOP }
}

/// Descriptor at 0, recipe behind it, the rest of 64 KB random; indices at 0x2000 below 784; S0 at 0x8000, every second zero.
pub fn scenario(why: &str, d: Descriptor, slots: Vec<Slot>) -> Scenario {
    let mut rng = Rng::new(5);
    let mut sram: Vec<u8> = (0..64 << 10).map(|_| rng.bits() as u8).collect();
    let d = Descriptor {
        recipe: 8,
        slots: slots.len() as u8,
        ..d
    };
    let recipe = Recipe {
        constants: [1, -1, 3, 0],
        slots,
    };
    recipe.check().unwrap();
    for (i, w) in d.encode().iter().chain(&recipe.encode()).enumerate() {
        sram[8 * i..8 * i + 8].copy_from_slice(&w.to_le_bytes());
    }
    for i in 0..4096 {
        let idx = rng.below(784) as u16;
        sram[0x2000 + 2 * i..][..2].copy_from_slice(&idx.to_le_bytes());
    }
    for row in (0..400).step_by(2) {
        sram[0x8000 + 2 * row..][..2].copy_from_slice(&[0, 0]);
    }
    Scenario {
        sram,
        first_descriptor: 0,
        seed: 1,
        step: 2,
        private_base: 64 << 10,
        passes: vec![(0, d, recipe)],
        why: why.into(),
    }
}

/// The passes whose cycles are written down.
pub fn scenarios() -> Vec<Scenario> {
    let word = |address: u32| (address / 8) as u16;
    let base = Descriptor {
        index_base: word(0x2000),
        plane_base: [word(0x4000), word(0x5800), word(0x6800), word(0x7800)],
        x_base: word(0xa000),
        y_base: word(0xb000),
        o_base: word(0xc800),
        scalar_base: [word(0x8000), word(0x8800), word(0x9000), 0],
        queue_base: word(0xd800),
        queue_capacity: 1000,
        ..Descriptor::default()
    };
    let sparse = Descriptor {
        rows: Rows::Slots,
        x_kind: XKind::Vec16,
        planes: 1,
        row_count: 300,
        entries: 8,
        row_stride: 2,
        ..base.clone()
    };
    let stochastic = Slot {
        shift: 13,
        round: Round::Stochastic,
        ..mac(A::X, B::S(2))
    };
    let backward = vec![
        Slot {
            c: C::P(0),
            result: Some(0),
            ..stochastic
        },
        Slot {
            op: Op::NegIf,
            a: A::P(0),
            c: C::S(1),
            result: Some(1),
            ..Slot::NOP
        },
        Slot {
            shift: 10,
            round: Round::Stochastic,
            c: C::R(0),
            result: Some(2),
            ..mac(A::R(1), B::K(0))
        },
        Slot {
            to_y: true,
            ..mac(A::P(0), B::S(0))
        },
        Slot {
            flag: Flag::Negative,
            ..mac(A::P(0), B::K(0))
        },
        Slot {
            plane: Some(0),
            ..mac(A::R(2), B::K(0))
        },
    ];
    let mut all = vec![
        scenario(
            "sparse forward, 300 rows of 8, 1 slot, reduce",
            Descriptor {
                reduce: true,
                ..sparse.clone()
            },
            vec![Slot {
                to_o: true,
                ..mac(A::P(0), B::X)
            }],
        ),
        scenario(
            "sparse backward, 300 rows of 8, half of them zero, 6 slots, scatter, write-back, queue",
            Descriptor {
                scatter: true,
                plane_writes: 1,
                scalars: 3,
                skip: true,
                flag_to: FlagTo::Queue,
                ..sparse.clone()
            },
            backward.clone(),
        ),
        scenario(
            "dense, 30 rows of 100, 1 slot, reduce",
            Descriptor {
                rows: Rows::Dense,
                x_kind: XKind::Vec16,
                planes: 1,
                row_count: 30,
                entries: 100,
                row_stride: 25,
                reduce: true,
                ..base.clone()
            },
            vec![Slot {
                to_o: true,
                ..mac(A::P(0), B::X)
            }],
        ),
        scenario(
            "dense backward, 30 rows of 100, half of them zero, 6 slots, scatter, write-back",
            Descriptor {
                rows: Rows::Dense,
                x_kind: XKind::Vec16,
                planes: 1,
                plane_writes: 1,
                row_count: 30,
                entries: 100,
                row_stride: 25,
                scatter: true,
                scalars: 3,
                skip: true,
                ..base.clone()
            },
            backward,
        ),
        scenario(
            "vector of 300, 3 slots, Acc32 cleared, 2 planes, one written, bitmap",
            Descriptor {
                vector: true,
                x_kind: XKind::Acc32,
                x_clear: true,
                x_shift: 6,
                planes: 2,
                plane_writes: 1,
                row_count: 1,
                entries: 300,
                row_stride: 75,
                flag_to: FlagTo::Bitmap,
                ..base.clone()
            },
            vec![
                Slot {
                    shift: 4,
                    c: C::P(1),
                    result: Some(0),
                    ..mac(A::P(0), B::K(2))
                },
                Slot::NOP,
                Slot {
                    c: C::R(0),
                    plane: Some(0),
                    flag: Flag::Negative,
                    ..mac(A::X, B::K(0))
                },
            ],
        ),
        scenario(
            "300 rows, all zero but none visited: skipping alone",
            Descriptor {
                scalars: 1,
                skip: true,
                scalar_base: [word(0xe000), 0, 0, 0],
                ..sparse
            },
            vec![Slot::NOP],
        ),
    ];
    // No row is visited: all of its scalars are zero.
    if let Some(s) = all.last_mut() {
        s.sram[0xe000..0xe400].fill(0);
    }
    all
}
