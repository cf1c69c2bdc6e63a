//! The lanes alone: random recipes on random entries against the reference's recipe.

use synfire_format::recipe::Recipe;
use synfire_golden::recipe::{Entry, run_recipe};
use synfire_golden::scenario::{Rng, random_recipe};
use synfire_hdl::emit::verilog;
use synfire_hdl::engine::SHIFTING_PRODUCTS;
use synfire_hdl::lanes::Lanes;
use synfire_sim::{BuildOptions, Machine, build, lint};

/// Groups of a run; more than the sixteen threads cannot be held at once.
const GROUPS: usize = 12;

fn emitted(lanes: usize, mults: usize) -> String {
    verilog(
        Lanes::new(lanes, mults, SHIFTING_PRODUCTS),
        "lanes",
        "Lanes alone",
    )
    .unwrap()
}

fn pack(v: [i16; 4]) -> u64 {
    (0..4).fold(0, |w, i| w | u64::from(v[i] as u16) << (16 * i))
}

/// Planes, results and P (bit 7) that a slot of this code writes.
fn writes(code: u32) -> u64 {
    let plane = (code >> 24) & 7;
    let result = (code >> 22) & 3;
    let mut places = 0;
    if plane >= 4 {
        places |= 1 << (plane & 3);
    }
    if result > 0 {
        places |= 8 << result;
    }
    if [3, 4].contains(&(code & 7)) {
        places |= 128;
    }
    places
}

/// One run of `recipe` on random entries; the first difference.
fn difference(
    m: &Machine,
    lanes: usize,
    mults: usize,
    recipe: &Recipe,
    rng: &mut Rng,
) -> Option<String> {
    let set = |p: &str, v: u64| m.port(p).unwrap().set(v);
    let get = |p: &str| m.port(p).unwrap().get();
    for p in [
        "recipe_write",
        "restart",
        "group_write",
        "plane_write",
        "x_write",
        "draw_write",
        "limit_f",
        "limit_g",
        "limit_d",
    ] {
        set(p, 0);
    }
    set("two_mults", u64::from(mults == 2));
    set("running", 1);
    set("fetched", 15);
    set("fetched_x", 1);
    set("slots", recipe.slots.len() as u64);
    set("constants", pack(recipe.constants));
    set("reset", 1);
    m.tick(2);
    set("reset", 0);
    set("recipe_write", 1);
    let mut written = 0;
    for (i, pair) in recipe.slots.chunks(2).enumerate() {
        let (even, odd) = (pair[0].encode(), pair.get(1).map_or(0, |s| s.encode()));
        set("recipe_addr", i as u64);
        set("recipe_even", even.into());
        set("recipe_odd", odd.into());
        set("recipe_written", written);
        m.tick(1);
        written |= writes(even) | writes(odd);
    }
    set("recipe_write", 0);
    let mut groups = Vec::new();
    for t in 0..GROUPS {
        let scalars = std::array::from_fn(|_| rng.half());
        let entries: Vec<Entry> = (0..lanes)
            .map(|_| Entry {
                planes: std::array::from_fn(|_| rng.half()),
                x: rng.half(),
                scalars,
                draw: rng.bits() as u16,
                ..Entry::default()
            })
            .collect();
        let join = |f: &dyn Fn(&Entry) -> i16| {
            entries
                .iter()
                .enumerate()
                .fold(0, |w, (i, e)| w | u64::from(f(e) as u16) << (16 * i))
        };
        for thread in ["group", "plane", "x", "draw"] {
            set(&format!("{thread}_thread"), t as u64);
        }
        set("group_scalars", pack(scalars));
        let valid = 1 + rng.bits() as usize % lanes;
        set("group_mask", (1 << valid) - 1);
        set("group_write", 1);
        set("x_write", 15);
        set("x_data", join(&|e| e.x));
        set("draw_write", 1);
        for (i, e) in entries.iter().enumerate() {
            set(&format!("draw_data${i}"), e.draw.into());
        }
        for p in 0..4 {
            set("plane_write", 1 << p);
            set("plane_data", join(&|e| e.planes[p]));
            m.tick(1);
        }
        groups.push((entries, valid));
    }
    for p in ["group_write", "plane_write", "x_write", "draw_write"] {
        set(p, 0);
    }
    for p in ["limit_f", "limit_g", "limit_d"] {
        set(p, GROUPS as u64);
    }
    let mut clipped = 0;
    for cycle in 0.. {
        m.eval();
        clipped += get("clipped").count_ones();
        if get("done") == GROUPS as u64 {
            break;
        }
        if cycle > 1000 {
            return Some("the groups never leave".into());
        }
        m.tick(1);
    }
    // What the last group delivered is read a cycle later.
    m.tick(1);
    let mut saturations = 0;
    for (t, (entries, valid)) in groups.iter_mut().enumerate() {
        set("back_thread", t as u64);
        set("sum_thread", t as u64);
        set("sum_o_thread", t as u64);
        let mut o = 0i32;
        for (lane, entry) in entries[..*valid].iter_mut().enumerate() {
            let want = run_recipe(recipe, entry);
            saturations += want.saturations;
            let place = format!("group {t}, lane {lane}");
            for p in (0..4).filter(|p| written >> p & 1 == 1) {
                set("back_sel", p as u64);
                m.tick(1);
                let rtl = (get("back_data") >> (16 * lane)) as i16;
                if rtl != entry.planes[p] {
                    return Some(format!(
                        "{place}: P{p} {rtl}, reference {}",
                        entry.planes[p]
                    ));
                }
            }
            m.tick(1);
            let slots = &recipe.slots;
            let y = get(&format!("sum_y${lane}")) as i32;
            if slots.iter().any(|s| s.to_y) && y != want.y {
                return Some(format!("{place}: Y {y}, reference {}", want.y));
            }
            o = o.wrapping_add(want.o);
            let flags = slots
                .iter()
                .any(|s| s.flag != synfire_format::recipe::Flag::None);
            if flags && (get("back_flags") >> lane & 1 == 1) != want.flag {
                return Some(format!("{place}: flag, reference {}", want.flag));
            }
        }
        let rtl = get("sum_o") as i32;
        if recipe.slots.iter().any(|s| s.to_o) && rtl != o {
            return Some(format!("group {t}: O {rtl}, reference {o}"));
        }
    }
    (clipped != saturations).then(|| format!("{clipped} clipped, reference {saturations}"))
}

#[test]
fn random_recipes_give_the_reference_results_for_every_lane_and_multiplier_count() {
    for (lanes, mults) in [(1, 1), (2, 1), (4, 2), (1, 2)] {
        let text = emitted(lanes, mults);
        lint("lanes", &text).unwrap();
        let m = build("lanes", &text, &BuildOptions::default())
            .unwrap()
            .instance(3);
        let mut rng = Rng::new(11);
        for seed in 0..400 {
            let recipe = random_recipe(seed);
            if let Some(d) = difference(&m, lanes, mults, &recipe, &mut rng) {
                panic!("L = {lanes}, M = {mults}, seed {seed}: {d}\n{recipe:?}");
            }
        }
    }
}

#[test]
fn a_wrong_rounding_shift_comparison_or_operand_is_caught() {
    let text = emitted(2, 1);
    for (from, to) in [
        ("power >> 32'h1", "power"),
        ("~(ones << shift)", "ones << shift"),
        ("$signed(a[31:17])", "a[31:17]"),
        ("difference = $signed(a) - $signed(b)", "difference = a - b"),
        ("choose_a$0$g = p_now$2", "choose_a$0$g = p_now$1"),
        ("add_high$a = exact_a$2", "add_high$a = exact_a$0"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "the Verilog holds `{from}`");
        let m = build("lanes", &broken, &BuildOptions::default())
            .unwrap()
            .instance(3);
        let mut rng = Rng::new(11);
        let caught = (0..200).find_map(|seed| difference(&m, 2, 1, &random_recipe(seed), &mut rng));
        assert!(caught.is_some(), "`{to}` gave the same results");
    }
}
