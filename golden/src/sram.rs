//! The PE's SRAM as the model sees it: bytes, little endian, without banks or time.

/// SRAM contents. Addresses are byte addresses from 0; an access that does not lie wholly inside gives `None`.
/// Accesses need no alignment here: whoever must refuse a misaligned one (the core) does so before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sram {
    bytes: Vec<u8>,
}

impl Sram {
    /// An SRAM of `bytes` bytes, all 0.
    pub fn new(bytes: u32) -> Self {
        Self {
            bytes: vec![0; bytes as usize],
        }
    }

    /// An SRAM with these contents.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Size in bytes.
    pub fn size(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// All bytes, address 0 first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, address 0 first.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    #[inline]
    fn get<const N: usize>(&self, address: u32) -> Option<[u8; N]> {
        self.bytes.get(address as usize..)?.first_chunk().copied()
    }

    #[inline]
    fn set<const N: usize>(&mut self, address: u32, value: [u8; N]) -> Option<()> {
        *self
            .bytes
            .get_mut(address as usize..)?
            .first_chunk_mut::<N>()? = value;
        Some(())
    }

    /// The byte at `address`.
    #[inline]
    pub fn read_u8(&self, address: u32) -> Option<u8> {
        self.get(address).map(u8::from_le_bytes)
    }

    /// The halfword at `address`.
    #[inline]
    pub fn read_u16(&self, address: u32) -> Option<u16> {
        self.get(address).map(u16::from_le_bytes)
    }

    /// The 32-bit word at `address`.
    #[inline]
    pub fn read_u32(&self, address: u32) -> Option<u32> {
        self.get(address).map(u32::from_le_bytes)
    }

    /// The 64-bit word at `address`.
    #[inline]
    pub fn read_u64(&self, address: u32) -> Option<u64> {
        self.get(address).map(u64::from_le_bytes)
    }

    /// Writes a byte; `None` (and nothing written) outside the SRAM.
    #[inline]
    pub fn write_u8(&mut self, address: u32, value: u8) -> Option<()> {
        self.set(address, value.to_le_bytes())
    }

    /// Writes a halfword; `None` (and nothing written) outside the SRAM.
    #[inline]
    pub fn write_u16(&mut self, address: u32, value: u16) -> Option<()> {
        self.set(address, value.to_le_bytes())
    }

    /// Writes a 32-bit word; `None` (and nothing written) outside the SRAM.
    #[inline]
    pub fn write_u32(&mut self, address: u32, value: u32) -> Option<()> {
        self.set(address, value.to_le_bytes())
    }

    /// Writes a 64-bit word; `None` (and nothing written) outside the SRAM.
    #[inline]
    pub fn write_u64(&mut self, address: u32, value: u64) -> Option<()> {
        self.set(address, value.to_le_bytes())
    }

    /// Writes consecutive 64-bit words from `address` on; `None` if the first that lies outside was reached.
    pub fn write_words(&mut self, address: u32, words: &[u64]) -> Option<()> {
        for (i, &word) in words.iter().enumerate() {
            self.write_u64(address.checked_add(8 * i as u32)?, word)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_little_endian_and_end_at_the_size() {
        let mut s = Sram::new(16);
        assert_eq!(s.write_u64(8, 0x8877_6655_4433_2211), Some(()));
        assert_eq!(s.read_u8(8), Some(0x11));
        assert_eq!(s.read_u16(10), Some(0x4433));
        assert_eq!(s.read_u32(12), Some(0x8877_6655));
        assert_eq!(s.read_u32(13), None);
        assert_eq!(s.write_u32(14, 0), None);
        assert_eq!(s.read_u64(u32::MAX), None);
        assert_eq!(s.read_u64(8), Some(0x8877_6655_4433_2211));
        assert_eq!(s.write_words(8, &[1, 2]), None);
        assert_eq!(s.read_u64(8), Some(1));
    }
}
