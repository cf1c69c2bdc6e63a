//! What devices hold, what PEs take, and whether it fits: before synthesis by what a PE is known to take, after it by the
//! netlist.

use super::{Board, BoardError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Cells of a device, or of a design: look-up tables of four inputs, and the hard blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Places of look-up tables: carries and LUT RAM take some too.
    pub logic: u64,
    pub block_ram: u64,
    pub multipliers: u64,
    /// Large single-port RAM (iCE40UP5K).
    pub spram: u64,
    /// LUT RAM, where not every look-up table can be one (Gowin).
    pub lut_ram: u64,
}

/// Names of the kinds of [`Room`] in a family, in its order; none where the family has no such block.
pub type Kinds = [Option<&'static str>; 5];

impl Room {
    fn list(self) -> [u64; 5] {
        [
            self.logic,
            self.block_ram,
            self.multipliers,
            self.spram,
            self.lut_ram,
        ]
    }
}

/// What a configuration takes on a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Bridge and UART.
    pub bridge: Room,
    /// Each PE beside them.
    pub pe: Room,
    /// Multipliers that each takes beside those, and less logic, where there are so many.
    pub more_multipliers: u64,
}

/// What a cell of a netlist counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Lut,
    /// With the places of look-up tables that one takes.
    Carry(u64),
    /// LUT RAM, with the places that one takes.
    LutRam(u64),
    FlipFlop,
    BlockRam,
    Multiplier,
    Spram,
}

/// Cells of a netlist, as Yosys counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub lut: u64,
    pub ff: u64,
    pub carry: u64,
    pub lut_ram: u64,
    pub block_ram: u64,
    pub multipliers: u64,
    pub spram: u64,
    /// Places of look-up tables that all of these take.
    pub logic: u64,
}

impl Counted {
    /// Counts the cells of `by_type` that `cells` knows.
    pub fn new(by_type: &BTreeMap<String, u64>, cells: &[(&str, Cell)]) -> Self {
        let mut sum = Self::default();
        for (name, cell) in cells {
            let n = by_type.get(*name).copied().unwrap_or(0);
            match cell {
                Cell::Lut => {
                    sum.lut += n;
                    sum.logic += n;
                }
                Cell::Carry(places) => {
                    sum.carry += n;
                    sum.logic += n * places;
                }
                Cell::LutRam(places) => {
                    sum.lut_ram += n;
                    sum.logic += n * places;
                }
                Cell::FlipFlop => sum.ff += n,
                Cell::BlockRam => sum.block_ram += n,
                Cell::Multiplier => sum.multipliers += n,
                Cell::Spram => sum.spram += n,
            }
        }
        sum
    }

    fn room(&self) -> Room {
        Room {
            logic: self.logic,
            block_ram: self.block_ram,
            multipliers: self.multipliers,
            spram: self.spram,
            lut_ram: self.lut_ram,
        }
    }
}

impl Board {
    /// What its device holds.
    ///
    /// # Errors
    /// A device that is none.
    pub fn room(&self) -> Result<Room, BoardError> {
        let flow = self.family.flow();
        let devices = flow.devices();
        let found = devices.iter().find(|d| d.0 == self.device);
        found.map(|d| d.1).ok_or_else(|| BoardError::Device {
            family: flow.name(),
            asked: self.device.clone(),
            known: devices.iter().map(|d| d.0).collect::<Vec<_>>().join(", "),
        })
    }

    /// Refuses more PEs than are known to fit; what is known of no configuration is left to [`Self::check_netlist`].
    ///
    /// # Errors
    /// [`BoardError::Room`] with how many fit and what runs out.
    pub fn check(&self, pes: usize) -> Result<(), BoardError> {
        let flow = self.family.flow();
        let have = self.room()?.list();
        let Some(Needs { bridge, pe, .. }) = flow.needs(&self.configuration) else {
            return Ok(());
        };
        let (bridge, pe) = (bridge.list(), pe.list());
        let kinds = flow.kinds();
        let limited = |i: &usize| kinds[*i].is_some() && pe[*i] > 0;
        let most = |i: usize| have[i].saturating_sub(bridge[i]) / pe[i];
        // Of equals the first: hard blocks, which are counted, before logic, which is estimated.
        let Some(tight) = [1, 3, 2, 4, 0]
            .into_iter()
            .filter(limited)
            .min_by_key(|i| most(*i))
        else {
            return Ok(());
        };
        let fit = most(tight) as usize;
        if (1..=fit).contains(&pes) {
            return Ok(());
        }
        Err(BoardError::Room {
            pes,
            configuration: self.configuration.clone(),
            board: format!("{} ({})", self.name, self.device),
            most: fit,
            what: kinds[tight].unwrap_or("room"),
            need: bridge[tight] + pes as u64 * pe[tight],
            have: have[tight],
        })
    }

    /// Refuses a netlist that the device cannot hold, before minutes of placement find out.
    ///
    /// # Errors
    /// [`BoardError::Full`] with what runs out.
    pub fn check_netlist(&self, pes: usize, counted: &Counted) -> Result<(), BoardError> {
        let have = self.room()?.list();
        let need = counted.room().list();
        let kinds = self.family.flow().kinds();
        for (i, what) in kinds.iter().enumerate() {
            let Some(what) = what else { continue };
            if need[i] > have[i] {
                return Err(BoardError::Full {
                    pes,
                    configuration: self.configuration.clone(),
                    board: format!("{} ({})", self.name, self.device),
                    what,
                    need: need[i],
                    have: have[i],
                });
            }
        }
        Ok(())
    }

    /// A netlist's share of the device, as text.
    ///
    /// # Errors
    /// A device that is none.
    pub fn share(&self, counted: &Counted) -> Result<String, BoardError> {
        let have = self.room()?.list();
        let need = counted.room().list();
        let kinds = self.family.flow().kinds();
        let mut parts = vec![
            format!("{} LUT", counted.lut),
            format!("{} FF", counted.ff),
            format!("{} carries", counted.carry),
        ];
        if counted.lut_ram > 0 && kinds[4].is_none() {
            parts.push(format!("{} LUT RAM", counted.lut_ram));
        }
        for (i, kind) in kinds.iter().enumerate() {
            if let Some(kind) = kind {
                parts.push(format!("{} of {} {kind}", need[i], have[i]));
            }
        }
        Ok(parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(name: &str) -> usize {
        let b = Board::by_name(name).unwrap();
        (1..10).take_while(|n| b.check(*n).is_ok()).count()
    }

    #[test]
    fn too_many_pes_are_refused_with_how_many_fit_and_what_runs_out() {
        let refused = |name: &str, pes| {
            let b = Board::by_name(name).unwrap();
            b.check(pes).unwrap_err().to_string()
        };
        assert_eq!(
            refused("colorlight-i5", 2),
            "2 PEs of `ecp5` do not fit on colorlight-i5 (25k): 1 fit, then block RAM (DP16KD) runs out (84 needed, 56 there); give --pes 1"
        );
        assert_eq!(
            refused("icebreaker", 2),
            "2 PEs of `tiny` do not fit on icebreaker (up5k): 1 fit, then large RAM (SB_SPRAM256KA) runs out (8 needed, 4 there); give --pes 1"
        );
        assert_eq!(
            refused("tangnano20k", 2),
            "2 PEs of `gowin` do not fit on tangnano20k (GW2AR-LV18QN88C8/I7): 1 fit, then block RAM (BSRAM) runs out (88 needed, 46 there); give --pes 1"
        );
        assert_eq!(
            refused("ulx3s-85f", 6),
            "6 PEs of `ecp5` do not fit on ulx3s-85f (85k): 5 fit, then block RAM (DP16KD) runs out (248 needed, 208 there); give --pes 5"
        );
        assert_eq!((most("ulx3s-85f"), most("colorlight-i9")), (5, 2));
    }

    #[test]
    fn a_netlist_that_is_too_large_is_refused_with_what_runs_out() {
        let b = Board::by_name("icebreaker").unwrap();
        let cells = b.family.flow().cells();
        let count = |lut: u64, spram: u64| {
            let by_type = [("SB_LUT4", lut), ("SB_SPRAM256KA", spram), ("SB_DFFE", 7)];
            let by_type = by_type.map(|(n, c)| (n.to_string(), c)).into();
            Counted::new(&by_type, cells)
        };
        assert_eq!(count(5280, 4).ff, 7);
        b.check_netlist(1, &count(5280, 4)).unwrap();
        assert_eq!(
            b.check_netlist(1, &count(5281, 4)).unwrap_err().to_string(),
            "1 PE(s) of `tiny` do not fit on icebreaker (up5k): the netlist takes 5281 logic (LUT4) of 5280; give fewer --pes or a smaller --config"
        );
        assert!(b.check_netlist(1, &count(5280, 5)).is_err());
    }

    #[test]
    fn carries_and_lut_ram_take_places_of_look_up_tables() {
        let by_type = [("LUT", 5), ("CARRY", 3), ("RAM", 2), ("OTHER", 9)];
        let by_type = by_type.map(|(n, c)| (n.to_string(), c)).into();
        let cells = [
            ("LUT", Cell::Lut),
            ("CARRY", Cell::Carry(2)),
            ("RAM", Cell::LutRam(4)),
        ];
        let c = Counted::new(&by_type, &cells);
        assert_eq!((c.lut, c.carry, c.lut_ram, c.logic), (5, 3, 2, 19));
    }
}
