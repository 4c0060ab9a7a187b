//! What the handle asks of the thread.

use std::{
    io,
    sync::PoisonError,
    time::{Instant, SystemTime},
};

use super::{ChangeError, DataPathError, handle::Command, worker::Worker};
use crate::Change;

impl Worker {
    /// Handles one command; the rest is left for the next turn.
    pub(super) fn handle_commands(&mut self, now: Instant) -> Result<(), DataPathError> {
        self.device.synchronise(now, SystemTime::now());
        // One command a turn keeps packets flowing; each wakes the thread again by being left.
        self.work.commands = false;
        if let Ok(command) = self.reception.commands.try_recv() {
            self.work.commands = true;
            self.handle_command(command, now)?;
        }
        Ok(())
    }

    fn handle_command(&mut self, command: Command, now: Instant) -> Result<(), DataPathError> {
        // Whoever asked may have gone meanwhile: that is no error.
        match command {
            Command::Apply(changes, reply) => {
                let result = changes
                    .into_iter()
                    .try_for_each(|change| self.apply(change, now));
                self.carry_out_actions(now);
                let _ = reply.send(result);
            }
            Command::Snapshot(reply) => {
                let _ = reply.send(self.device.snapshot());
            }
            Command::Stop => {
                if let Some(flows) = &mut self.flows {
                    flows.finish(now, SystemTime::now());
                }
                return Err(DataPathError::Stopped);
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: Change, now: Instant) -> Result<(), ChangeError> {
        match change {
            Change::ListenPort(port) => self.change_port(port),
            Change::FirewallMark(mark) => self.change_mark(mark),
            Change::PrivateKey(_) => {
                self.device.apply(change, now);
                self.tunnels.identify_as(&self.device);
                Ok(())
            }
            other => {
                self.device.apply(other, now);
                Ok(())
            }
        }
    }

    fn change_port(&mut self, port: u16) -> Result<(), ChangeError> {
        self.sockets
            .change_port(port, &self.registry)
            .map_err(|error| match error.kind() {
                io::ErrorKind::AddrInUse => ChangeError::AddressInUse { port },
                _ => ChangeError::from_io("bind the port", error),
            })?;
        self.move_past_kernel()
            .map_err(|error| ChangeError::from_io("take the port off the interface", error))?;
        // What arrived on the new sockets before they were registered made no event.
        self.work.outer = [true; 2];
        self.note_address()
            .map_err(|error| ChangeError::from_io("tell the port", error))
    }

    fn change_mark(&mut self, mark: u32) -> Result<(), ChangeError> {
        let marked = self.sockets.change_mark(mark);
        marked.map_err(|error| ChangeError::from_io("mark datagrams", error))?;
        self.device.set_firewall_mark(mark);
        if let Some((end, _)) = &self.outer_xdp {
            end.next_hops().set_mark(mark);
        }
        Ok(())
    }

    /// Takes the port that is really bound off the interface, where the outer side is on AF_XDP.
    fn move_past_kernel(&mut self) -> io::Result<()> {
        let local = self.sockets.local_address()?;
        match &mut self.outer_xdp {
            Some((end, attachment)) => {
                end.set_port(local.port());
                attachment.attach(end.rule())
            }
            None => Ok(()),
        }
    }

    /// Tells everyone the address that is really bound.
    pub(super) fn note_address(&mut self) -> io::Result<()> {
        let address = self.sockets.local_address()?;
        self.device.set_listen_port(address.port());
        *self
            .reception
            .address
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = address;
        Ok(())
    }
}
