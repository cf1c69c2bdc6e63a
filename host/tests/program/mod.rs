//! Makes tiny RV32 ELF executables for tests.

use object::write::StringId;
use object::write::elf::{FileHeader, ProgramHeader, SectionHeader, Sym, SymbolIndex, Writer};
use object::{Endianness, elf};

/// What an ELF file is to hold.
pub struct Elf {
    /// Virtual and physical address of the one segment.
    pub address: u32,
    pub entry: u32,
    pub words: Vec<u32>,
    /// Bytes of the segment in memory beyond those in the file.
    pub zeros: u32,
    /// Address of the symbol `tohost`.
    pub tohost: Option<u32>,
    pub flags: u32,
    pub machine: u16,
}

impl Elf {
    /// A program at `address` that starts at its first word.
    pub fn new(address: u32, words: Vec<u32>) -> Self {
        Self {
            address,
            entry: address,
            words,
            zeros: 0,
            tohost: None,
            flags: 0,
            machine: elf::EM_RISCV,
        }
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let code: Vec<u8> = self.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let size = code.len() as u32;
        let mut out = Vec::new();
        let mut w = Writer::new(Endianness::Little, false, &mut out);
        w.reserve_file_header();
        w.reserve_program_headers(1);
        let offset = w.reserve(code.len(), 4);
        w.reserve_null_section_index();
        let text_name: StringId = w.add_section_name(b".text");
        let text_index = w.reserve_section_index();
        let tohost = self.tohost.map(|address| {
            w.reserve_null_symbol_index();
            let name = w.add_string(b"tohost");
            let _: SymbolIndex = w.reserve_symbol_index(Some(text_index));
            (name, address)
        });
        if tohost.is_some() {
            w.reserve_symtab_section_index();
            w.reserve_symtab();
            w.reserve_strtab_section_index();
            w.reserve_strtab();
        }
        w.reserve_shstrtab_section_index();
        w.reserve_shstrtab();
        w.reserve_section_headers();

        w.write_file_header(&FileHeader {
            os_abi: 0,
            abi_version: 0,
            e_type: elf::ET_EXEC,
            e_machine: self.machine,
            e_entry: self.entry.into(),
            e_flags: self.flags,
        })
        .unwrap();
        w.write_align_program_headers();
        w.write_program_header(&ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R | elf::PF_W | elf::PF_X,
            p_offset: offset as u64,
            p_vaddr: self.address.into(),
            p_paddr: self.address.into(),
            p_filesz: size.into(),
            p_memsz: (size + self.zeros).into(),
            p_align: 4,
        });
        w.write_align(4);
        w.write(&code);
        if let Some((name, address)) = tohost {
            w.write_null_symbol();
            w.write_symbol(&Sym {
                name: Some(name),
                section: Some(text_index),
                st_info: elf::STB_GLOBAL << 4,
                st_other: 0,
                st_shndx: 0,
                st_value: address.into(),
                st_size: 4,
            });
            w.write_strtab();
        }
        w.write_shstrtab();
        w.write_null_section_header();
        w.write_section_header(&SectionHeader {
            name: Some(text_name),
            sh_type: elf::SHT_PROGBITS,
            sh_flags: (elf::SHF_ALLOC | elf::SHF_EXECINSTR).into(),
            sh_addr: self.address.into(),
            sh_offset: offset as u64,
            sh_size: size.into(),
            sh_link: 0,
            sh_info: 0,
            sh_addralign: 4,
            sh_entsize: 0,
        });
        if tohost.is_some() {
            w.write_symtab_section_header(1);
            w.write_strtab_section_header();
        }
        w.write_shstrtab_section_header();
        out
    }
}
