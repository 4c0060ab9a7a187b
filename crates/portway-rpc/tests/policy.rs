//! What the policies around channels and services promise.

#![cfg(test)]

#[path = "policy/balance.rs"]
mod balance;
#[path = "policy/limit.rs"]
mod limit;
#[path = "policy/observe.rs"]
mod observe;
#[path = "policy/retry.rs"]
mod retry;
#[path = "policy/scripted.rs"]
mod scripted;
#[path = "policy/tower.rs"]
mod tower;
