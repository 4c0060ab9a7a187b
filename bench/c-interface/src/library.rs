//! The functions of `libignite.so`, found in it as a program in any language finds them.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    mem::MaybeUninit,
    path::Path,
    ptr,
};

use anyhow::{Context as _, ensure};

/// `ignite_error` of `ignite.h`. As in C, nobody writes it before a call fails.
#[repr(C)]
struct Error {
    result: c_int,
    status: i32,
    sql_state: [c_char; 8],
    message: [c_char; 1008],
}

impl Error {
    /// # Safety
    /// If `result` is not 0, a call that has answered it has written the error.
    unsafe fn check(error: &MaybeUninit<Self>, result: c_int) -> anyhow::Result<()> {
        // SAFETY: as the caller promises; the text of an error ends with a zero.
        let message = || unsafe {
            let message = &raw const (*error.as_ptr()).message;
            CStr::from_ptr(message.cast()).to_string_lossy()
        };
        ensure!(result == 0, "libignite: {}", message());
        Ok(())
    }
}

/// Opens something that is found by a text: options by addresses.
type OpenText = unsafe extern "C" fn(*const c_char, *mut *mut c_void, *mut Error) -> c_int;
/// Opens something out of something else: a client out of options.
type OpenFrom = unsafe extern "C" fn(*const c_void, *mut *mut c_void, *mut Error) -> c_int;
/// Opens something of something else by its name: a cache of a client.
type OpenNamed =
    unsafe extern "C" fn(*const c_void, *const c_char, *mut *mut c_void, *mut Error) -> c_int;
type Free = unsafe extern "C" fn(*mut c_void, *mut Error) -> c_int;
type Put = unsafe extern "C" fn(*const c_void, i64, i64, *mut Error) -> c_int;
type Get = unsafe extern "C" fn(*const c_void, i64, *mut i64, *mut Error) -> c_int;

/// The loaded library. It stays loaded: a process that measures ends anyway.
pub(crate) struct Library(&'static libloading::Library);

/// A cache that was opened through the library.
pub(crate) struct Cache {
    handle: *mut c_void,
    put: Put,
    get: Get,
    free: Free,
}

impl Library {
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        // SAFETY: libignite does nothing when it is loaded.
        let library = unsafe { libloading::Library::new(path) };
        let library = library.with_context(|| format!("loading {}", path.display()))?;
        Ok(Self(Box::leak(Box::new(library))))
    }

    /// Connects and opens a cache.
    pub(crate) fn cache(&self, addresses: &str, name: &str) -> anyhow::Result<Cache> {
        let (addresses, name) = (CString::new(addresses)?, CString::new(name)?);
        let (mut options, mut client, mut handle) =
            (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let mut error = MaybeUninit::uninit();
        // SAFETY: the types are those of `ignite.h`; the texts end with a zero, all outputs are ours.
        unsafe {
            let open: OpenText = self.function(c"ignite_options_new")?;
            let result = open(addresses.as_ptr(), &raw mut options, error.as_mut_ptr());
            Error::check(&error, result)?;
            let connect: OpenFrom = self.function(c"ignite_client_new")?;
            let result = connect(options, &raw mut client, error.as_mut_ptr());
            Error::check(&error, result)?;
            let open: OpenNamed = self.function(c"ignite_client_get_or_create_cache")?;
            let result = open(client, name.as_ptr(), &raw mut handle, error.as_mut_ptr());
            Error::check(&error, result)?;
            for (free, unused) in [
                (c"ignite_options_free", options),
                (c"ignite_client_free", client),
            ] {
                let free: Free = self.function(free)?;
                let result = free(unused, error.as_mut_ptr());
                Error::check(&error, result)?;
            }
            Ok(Cache {
                handle,
                put: self.function(c"ignite_cache_put_int64_int64")?,
                get: self.function(c"ignite_cache_get_int64_int64")?,
                free: self.function(c"ignite_cache_free")?,
            })
        }
    }

    /// # Safety
    /// `F` is the type of the function as `ignite.h` declares it.
    unsafe fn function<F: Copy + 'static>(&self, name: &CStr) -> anyhow::Result<F> {
        // SAFETY: as the caller promises.
        let symbol = unsafe { self.0.get::<F>(name) };
        Ok(*symbol.with_context(|| format!("the library has no {}", name.to_string_lossy()))?)
    }
}

impl Cache {
    pub(crate) fn put(&self, key: i64, value: i64) -> anyhow::Result<()> {
        let mut error = MaybeUninit::uninit();
        // SAFETY: `error` is room for an error.
        unsafe {
            let result = (self.put)(self.handle, key, value, error.as_mut_ptr());
            Error::check(&error, result)
        }
    }

    pub(crate) fn get(&self, key: i64) -> anyhow::Result<i64> {
        let (mut value, mut error) = (0, MaybeUninit::uninit());
        // SAFETY: `value` is room for a number, `error` for an error.
        unsafe {
            let result = (self.get)(self.handle, key, &raw mut value, error.as_mut_ptr());
            Error::check(&error, result)?;
        }
        Ok(value)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // SAFETY: null is allowed in place of room for an error.
        unsafe { (self.free)(self.handle, ptr::null_mut()) };
    }
}
