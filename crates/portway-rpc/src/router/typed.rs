//! Streams of typed messages over streams of bytes.

use std::{
    marker::PhantomData,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;

use crate::{
    Codec, EncodeMessage, PayloadField, ReceiveMessages, SendEncoded, SendMessages, Status,
    codec::Encoding,
};

/// Reads typed messages out of bytes.
pub(crate) struct Decoding<C, R> {
    bytes: R,
    codec: PhantomData<fn() -> C>,
}

impl<C, R> Decoding<C, R> {
    pub(crate) fn new(bytes: R) -> Self {
        Self {
            bytes,
            codec: PhantomData,
        }
    }
}

impl<T, C: Codec<T>, R: ReceiveMessages<Bytes>> ReceiveMessages<T> for Decoding<C, R> {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<T>, Status>> {
        self.bytes
            .poll_receive(task)
            .map(|received| received?.map(C::decode).transpose())
    }
}

/// Turns typed messages into bytes.
pub(crate) struct EncodingSender<T, C, S> {
    bytes: S,
    /// The field of the messages that carries bulk bytes.
    payload: Option<PayloadField<T>>,
    codec: PhantomData<fn() -> C>,
}

impl<T, C, S> EncodingSender<T, C, S> {
    pub(crate) fn new(bytes: S, payload: Option<PayloadField<T>>) -> Self {
        Self {
            bytes,
            payload,
            codec: PhantomData,
        }
    }
}

impl<T, C: Codec<T>, S: SendEncoded> SendMessages<T> for EncodingSender<T, C, S> {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        self.bytes.poll_ready(task)
    }

    fn start_send(&mut self, mut message: T) -> Result<(), Status> {
        let payload = self.payload.and_then(|field| field.take(&mut message));
        let encoding = Encoding::<T, C>::new(&message).with(payload.as_ref());
        self.bytes.start_send(&encoding)
    }

    fn finish(&mut self) {
        self.bytes.finish();
    }
}

impl<T: SendEncoded + ?Sized> SendEncoded for Box<T> {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        (**self).poll_ready(task)
    }

    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status> {
        (**self).start_send(message)
    }

    fn finish(&mut self) {
        (**self).finish();
    }
}

impl<T, R: ReceiveMessages<T> + ?Sized> ReceiveMessages<T> for Box<R> {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<T>, Status>> {
        (**self).poll_receive(task)
    }
}
