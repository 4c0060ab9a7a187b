//! A Node add-on that replaces Node by the program named in `PORTWAY_FUNCTION_EXECUTABLE`.
#![no_std]

use core::{
    ffi::{c_char, c_void},
    panic::PanicInfo,
    ptr,
};

/// The variable that names the program, with its equals sign.
const VARIABLE: &[u8] = b"PORTWAY_FUNCTION_EXECUTABLE=";

/// The numbers of the system calls `execve` and `fcntl`.
#[cfg(target_arch = "x86_64")]
const EXECVE: isize = 59;
#[cfg(target_arch = "x86_64")]
const FCNTL: isize = 72;
#[cfg(target_arch = "aarch64")]
const EXECVE: isize = 221;
#[cfg(target_arch = "aarch64")]
const FCNTL: isize = 25;

/// Sets the flags of a descriptor. Node closes standard input and outputs for what it executes; with none set they stay open.
const F_SETFD: usize = 2;

unsafe extern "C" {
    /// The process's environment, in the C library that Node itself uses.
    static environ: *const *const c_char;
}

/// Called by Node when the add-on is loaded. Comes back only if there is no program, or it cannot be executed.
#[unsafe(no_mangle)]
pub extern "C" fn napi_register_module_v1(_environment: *mut c_void, exports: *mut c_void) -> *mut c_void {
    // SAFETY: Node loads add-ons on its main thread, while no other changes the environment; the list ends with a null pointer and
    // its entries with a null byte. `execve` reads the path, the arguments and the environment, and nothing else; `fcntl` changes descriptors alone.
    unsafe {
        let variables = environ;
        let path = find(variables);
        if !path.is_null() {
            let arguments = [path, ptr::null()];
            for descriptor in 0..3 {
                system_call(FCNTL, descriptor, F_SETFD, 0);
            }
            system_call(EXECVE, path.expose_provenance(), arguments.as_ptr().expose_provenance(), variables.expose_provenance());
        }
    }
    exports
}

/// Tells Node which version of its interface is meant.
#[unsafe(no_mangle)]
pub extern "C" fn node_api_module_get_api_version_v1() -> i32 {
    8
}

/// The value of [`VARIABLE`], or null.
///
/// # Safety
/// `variables` must be a list of C strings that ends with a null pointer.
unsafe fn find(mut variables: *const *const c_char) -> *const c_char {
    // SAFETY: the caller promises the form of the list; each byte is looked at only after the ones before it were no null byte.
    unsafe {
        while !variables.is_null() && !(*variables).is_null() {
            let variable = *variables;
            let mut at = 0;
            while at < VARIABLE.len() && *variable.add(at).cast::<u8>() == VARIABLE[at] {
                at += 1;
            }
            if at == VARIABLE.len() {
                return variable.add(at);
            }
            variables = variables.add(1);
        }
    }
    ptr::null()
}

/// A system call of three arguments: nothing of a C library has to be found.
///
/// # Safety
/// The arguments must be as the system call of this number wants them.
#[cfg(target_arch = "x86_64")]
unsafe fn system_call(number: isize, first: usize, second: usize, third: usize) {
    // SAFETY: the kernel reads the arguments, and changes rcx and r11 and, when it comes back, rax.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => _,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
}

/// A system call of three arguments: nothing of a C library has to be found.
///
/// # Safety
/// The arguments must be as the system call of this number wants them.
#[cfg(target_arch = "aarch64")]
unsafe fn system_call(number: isize, first: usize, second: usize, third: usize) {
    // SAFETY: the kernel reads the arguments, and changes x0 when it comes back.
    unsafe {
        core::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") first => _,
            in("x1") second,
            in("x2") third,
            options(nostack),
        );
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
