//! Tests of the threads that wait for disks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::mpsc, time::Duration};

use mio::{Events, Poll, Token};

use super::*;
use crate::base::{
    faults::plan::{self, Fault, Plan},
    stream::ConnId,
};

const PLACE: Place = Place { slot: 3, conn: ConnId::FIRST };
const PATIENCE: Duration = Duration::from_mins(1);

fn disk() -> (Disk, Poll) {
    let poll = Poll::new().unwrap();
    let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
    (Disk::with_threads(waker), poll)
}

/// Waits for tasks that are done.
fn done(disk: &Disk, poll: &mut Poll) -> Vec<Place> {
    poll.poll(&mut Events::with_capacity(1), Some(PATIENCE)).unwrap();
    disk.take_done()
}

#[test]
fn what_is_done_wakes_the_loop_and_is_given_once() {
    let (disk, mut poll) = disk();
    let answer = disk.ask(PLACE, 1, || 42).unwrap();
    assert_eq!(done(&disk, &mut poll), [PLACE]);
    assert_eq!(answer.poll().unwrap().unwrap(), 42);
    assert!(answer.poll().unwrap().is_err());
    assert_eq!(disk.take_done(), []);
}

#[test]
fn a_file_that_hangs_leaves_the_others_alone() {
    let (disk, mut poll) = disk();
    let (release, released) = crossbeam_channel::bounded::<()>(0);
    let hung: Vec<_> = (0..THREADS_MAX)
        .map(|_| {
            let released = released.clone();
            disk.ask(PLACE, 1, move || released.recv().is_ok()).unwrap()
        })
        .collect();
    let other = disk.ask(PLACE, 2, || 42).unwrap();
    assert_eq!(done(&disk, &mut poll), [PLACE]);
    assert_eq!(other.poll().unwrap().unwrap(), 42);
    assert!(hung.iter().all(|answer| answer.poll().is_none()));
    assert_eq!(disk.shared.state.lock().working.get(&1), Some(&SAME_MAX));
    drop(release);
    let mut ended = 0;
    while ended < hung.len() {
        ended += done(&disk, &mut poll).len();
    }
}

#[test]
fn what_nobody_wants_any_more_is_not_begun() {
    let (disk, mut poll) = disk();
    let (release, released) = crossbeam_channel::bounded::<()>(0);
    let hung: Vec<_> = (0..SAME_MAX)
        .map(|_| {
            let released = released.clone();
            disk.ask(PLACE, 1, move || released.recv().is_ok()).unwrap()
        })
        .collect();
    let (sender, begun) = mpsc::channel();
    let unwanted = disk.ask(PLACE, 1, move || sender.send(())).unwrap();
    drop((unwanted, release));
    let mut ended = 0;
    while ended < hung.len() {
        ended += done(&disk, &mut poll).len();
    }
    // The task, and with it the sender, was dropped.
    assert!(begun.recv().is_err());
}

#[test]
fn a_task_that_panics_has_no_result_and_its_thread_goes_on() {
    let (disk, mut poll) = disk();
    let answer = disk.ask(PLACE, 1, || assert!(std::hint::black_box(false), "on purpose")).unwrap();
    let next = disk.ask(PLACE, 1, || 1).unwrap();
    assert_eq!(done(&disk, &mut poll), [PLACE]);
    assert_eq!(next.poll().unwrap().unwrap(), 1);
    while answer.poll().is_none() {
        std::thread::yield_now();
    }
    assert!(answer.poll().unwrap().is_err());
}

#[test]
fn threads_that_cannot_be_started_are_said_or_done_without() {
    let (disk, mut poll) = disk();
    let fault = Fault::Code(libc::EAGAIN);
    plan::follow(Some(Plan { call: Call::Thread, at: 0, times: 1, fault }));
    assert_eq!(disk.ask(PLACE, 1, || 1).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let (release, released) = crossbeam_channel::bounded::<()>(0);
    let first = disk.ask(PLACE, 1, move || released.recv().is_ok()).unwrap();
    plan::follow(Some(Plan { call: Call::Thread, at: 0, times: 9, fault }));
    let second = disk.ask(PLACE, 2, || 2).unwrap();
    plan::follow(None);
    drop(release);
    let mut ended = 0;
    while ended < 2 {
        ended += done(&disk, &mut poll).len();
    }
    assert!(first.poll().unwrap().is_ok() && second.poll().unwrap().unwrap() == 2);
}
