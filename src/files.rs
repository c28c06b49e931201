//! The files that a run reads and writes. Each is opened once, before the first request. Opening never blocks, even on
//! a pipe, and output never goes through a symbolic link inside the checkout, which anybody may have added in a pull
//! request.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::shutdown::Shutdown;

/// The maximum number of symbolic links to follow, as on Linux.
const MOST_LINKS: usize = 40;
/// How long to wait for a pipe whose reader does not read.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same once the run is told to stop.
const LAST_PATIENCE: Duration = Duration::from_secs(1);
/// The time between two attempts to write to a full pipe.
const PAUSE: Duration = Duration::from_millis(20);

/// Reads a regular file.
///
/// # Errors
/// Also when it is not a regular file, or is larger than `limit` bytes ([`ErrorKind::FileTooLarge`]).
pub fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let file = options().read(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} KiB", limit / 1024)));
    }
    Ok(bytes)
}

/// Returns the canonical path of a folder; an empty path means the working directory.
pub fn real_folder(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize()
}

/// An output file, opened at the start of the run and written at its end.
#[derive(Debug)]
pub struct Output {
    file: File,
    /// Whether writing replaces the content.
    replaces: bool,
    /// Whether it is the log.
    is_log: bool,
}

impl Output {
    /// Opens a file for appending. The runner chose its path, so symbolic links are followed.
    ///
    /// # Errors
    /// When it can't be written to, or is a pipe that nobody reads.
    pub fn append(path: &Path) -> io::Result<Self> {
        let file = options().create(true).append(true).open(path).map_err(explained)?;
        Ok(Self { file, replaces: false, is_log: false })
    }

    /// Opens a file that [`locate`] returned. Its content stays until something is written.
    ///
    /// # Errors
    /// When it can't be written to, or is a pipe that nobody reads.
    pub fn replace(place: &Located) -> io::Result<Self> {
        if let Some(file) = place.log()? {
            return Ok(Self { file, replaces: false, is_log: true });
        }
        let file = place.options().create(true).truncate(false).open(&place.path).map_err(explained)?;
        let replaces = file.metadata()?.is_file();
        Ok(Self { file, replaces, is_log: false })
    }

    /// Returns whether the text appears in the log.
    pub const fn is_log(&self) -> bool {
        self.is_log
    }

    /// Writes a text. Old content is overwritten in place, and truncated afterwards. So the path is not resolved again,
    /// a link that was added in the meantime has no effect, and the file keeps its owner and mode.
    ///
    /// # Errors
    /// When writing fails, such as on a full disk, or when nobody reads a pipe.
    pub async fn write(&mut self, text: &str, shutdown: Option<&Shutdown>) -> io::Result<()> {
        let mut rest = text.as_bytes();
        let mut until = Instant::now() + PATIENCE;
        let mut is_stopped = false;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    until = Instant::now() + if is_stopped { LAST_PATIENCE } else { PATIENCE };
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !is_stopped && shutdown.is_some_and(|shutdown| shutdown.signal().is_some()) {
                        is_stopped = true;
                        until = Instant::now() + LAST_PATIENCE;
                    }
                    if Instant::now() > until {
                        return Err(io::Error::new(ErrorKind::TimedOut, "nobody reads what is written to this pipe"));
                    }
                    sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        if self.replaces {
            let end = self.file.stream_position()?;
            self.file.set_len(end)?;
        }
        Ok(())
    }
}

/// A newly created file, which is removed again unless it is written.
#[derive(Debug)]
pub struct NewFile {
    output: Output,
    path: PathBuf,
    is_written: bool,
}

impl NewFile {
    /// Creates a file at a place that [`locate`] returned.
    ///
    /// # Errors
    /// Also when it already exists ([`ErrorKind::AlreadyExists`]).
    pub fn create(place: &Located) -> io::Result<Self> {
        let file = place.options().create_new(true).open(&place.path)?;
        let output = Output { file, replaces: false, is_log: false };
        Ok(Self { output, path: place.path.clone(), is_written: false })
    }

    /// Writes the text.
    ///
    /// # Errors
    /// When writing fails, such as on a full disk. Then the file is removed.
    pub async fn write(mut self, text: &str, shutdown: Option<&Shutdown>) -> io::Result<()> {
        self.output.write(text, shutdown).await?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_written {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The place of an output file. Links outside of the checkout have been followed, and missing folders created.
#[derive(Debug)]
pub struct Located {
    path: PathBuf,
    /// Whether it is a link outside of the checkout to a pipe or a device.
    is_linked: bool,
}

impl Located {
    fn options(&self) -> OpenOptions {
        let mut options = options();
        options.write(true);
        if !self.is_linked {
            options.custom_flags(FLAGS | libc::O_NOFOLLOW);
        }
        options
    }

    /// Returns whether it is the same regular file as another one or, if either does not exist, has the same path. Two
    /// outputs may share a pipe or device.
    pub fn is_same(&self, other: &Path) -> bool {
        match (fs::metadata(&self.path), fs::metadata(other)) {
            (Ok(one), Ok(other)) => one.is_file() && is_same_file(&one, &other),
            _ => real_path(other).is_some_and(|other| other == self.path),
        }
    }

    /// Returns standard output or standard error, if this is one of them. Opening it again would overwrite a file that
    /// the log is redirected to, and would fail on a socket.
    fn log(&self) -> io::Result<Option<File>> {
        let Ok(this) = fs::metadata(&self.path) else { return Ok(None) };
        for stream in [io::stdout().as_fd(), io::stderr().as_fd()] {
            let stream = File::from(stream.try_clone_to_owned()?);
            if is_same_file(&this, &stream.metadata()?) {
                return Ok(Some(stream));
            }
        }
        Ok(None)
    }
}

/// Resolves the path of an output file, and creates missing folders.
///
/// # Errors
/// When the path can't be used, such as when it goes through a link inside the checkout. The message follows the path.
pub fn locate(path: &Path, checkout: &Path) -> Result<Located, String> {
    let failed = |error: io::Error| error.to_string();
    let checkout = real_folder(checkout).or_else(|_| std::path::absolute(checkout)).map_err(failed)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err("it names a folder: add the name of a file".to_owned());
    }
    let mut real = PathBuf::from("/");
    let mut rest = parts(&std::path::absolute(path).map_err(failed)?);
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            real.pop();
            continue;
        }
        let next = real.join(&part);
        let shown = next.display();
        match fs::symlink_metadata(&next) {
            Ok(found) if found.is_symlink() => {
                if real.starts_with(&checkout) {
                    return Err(format!("{shown} is a symbolic link, which is not followed inside the checkout"));
                }
                if rest.is_empty() && fs::metadata(&next).is_ok_and(|found| is_stream(&found)) {
                    return Ok(Located { path: next, is_linked: true });
                }
                links += 1;
                if links > MOST_LINKS {
                    return Err(format!("{shown} goes through too many symbolic links"));
                }
                let target = fs::read_link(&next).map_err(|error| format!("{shown}: {error}"))?;
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            }
            Ok(found) if found.is_dir() => real = next,
            Ok(_) if rest.is_empty() => return Ok(Located { path: next, is_linked: false }),
            Ok(_) => return Err(format!("{shown} is not a folder")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if rest.is_empty() {
                    return Ok(Located { path: next, is_linked: false });
                }
                fs::create_dir(&next).map_err(|error| format!("the folder {shown} can't be created: {error}"))?;
                real = next;
            }
            Err(error) => return Err(format!("{shown}: {error}")),
        }
    }
    Err("it is a folder".to_owned())
}

/// Splits a path into its parts, without `.` and the root.
fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component| match component {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    };
    path.components().filter_map(part).collect()
}

/// Returns the canonical path of a file that need not exist.
fn real_path(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.canonicalize().ok().or_else(|| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?)))
}

/// The flags for opening: never block, and never acquire a controlling terminal.
const FLAGS: i32 = libc::O_NONBLOCK | libc::O_NOCTTY;

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(FLAGS);
    options
}

fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Returns whether it is something that data is only passed through, such as a pipe or a device.
fn is_stream(found: &Metadata) -> bool {
    let kind = found.file_type();
    kind.is_fifo() || kind.is_char_device() || kind.is_block_device() || kind.is_socket()
}

/// Replaces the system's error for a pipe without a reader by a clear one.
fn explained(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(libc::ENXIO) => io::Error::new(error.kind(), "it is a pipe or a socket that nobody reads"),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Creates a checkout, and next to it a folder that must not be writable through the checkout.
    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        let (checkout, outside) = (real.join("checkout"), real.join("outside"));
        fs::create_dir_all(checkout.join("sub")).unwrap();
        fs::create_dir(&outside).unwrap();
        (folder, checkout, outside)
    }

    #[test]
    fn links_are_followed_outside_of_the_checkout_only() {
        let (_folder, checkout, outside) = folders();
        symlink(&outside, checkout.join("folder")).unwrap();
        symlink(outside.join("file"), checkout.join("sub/file")).unwrap();
        symlink("sub", checkout.join("inside")).unwrap();
        symlink(checkout.join("sub"), outside.join("into")).unwrap();
        symlink("../outside", outside.join("again")).unwrap();
        symlink("loop", outside.join("loop")).unwrap();
        let located = |path: &Path| locate(path, &checkout).map(|located| located.path);
        for path in ["folder/x", "folder/../x", "sub/file", "inside/x", "sub/../folder/x", "./sub/./file"] {
            let error = located(&checkout.join(path)).unwrap_err();
            assert!(error.contains("is a symbolic link, which is not followed inside the checkout"), "{path}: {error}");
        }
        assert!(located(&outside.join("into/file")).is_err(), "a link that leads back in does not hide another");
        assert!(located(&outside.join("loop")).unwrap_err().contains("too many"));
        assert_eq!(located(&outside.join("into/x")), Ok(checkout.join("sub/x")));
        assert_eq!(located(&outside.join("again/again/x")), Ok(outside.join("x")));
        assert_eq!(located(&checkout.join("../outside/x")), Ok(outside.join("x")));
        assert_eq!(located(&checkout.join("new/folders/x")), Ok(checkout.join("new/folders/x")));
        assert!(checkout.join("new/folders").is_dir());
        for folder in ["sub", "sub/", "new/", "sub/..", "."] {
            assert!(located(&checkout.join(folder)).unwrap_err().contains("folder"), "{folder}");
        }
    }

    #[tokio::test]
    async fn a_file_holds_what_it_held_until_it_is_written_whole() {
        let (_folder, checkout, _) = folders();
        let path = checkout.join("result.json");
        fs::write(&path, "a long text that was there").unwrap();
        let mut output = Output::replace(&locate(&path, &checkout).unwrap()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a long text that was there");
        output.write("new", None).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[tokio::test]
    async fn a_new_file_that_is_not_written_is_gone_again() {
        let (_folder, checkout, _) = folders();
        let path = checkout.join("new.yml");
        let new = || NewFile::create(&locate(&path, &checkout).unwrap());
        let made = new().unwrap();
        assert_eq!(new().unwrap_err().kind(), ErrorKind::AlreadyExists);
        drop(made);
        assert!(!path.exists());
        new().unwrap().write("text", None).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(new().unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let (_folder, checkout, _) = folders();
        let path = checkout.join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        for path in [Path::new("/dev/zero"), &checkout] {
            assert!(read(path, 5).unwrap_err().to_string().contains("not a regular file"), "{}", path.display());
        }
    }
}
