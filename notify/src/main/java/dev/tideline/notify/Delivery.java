package dev.tideline.notify;

/** One transition on its way through one channel. It knows who has got it, so that a second attempt leaves them alone. */
interface Delivery {
    Outcome attempt() throws InterruptedException;
}
