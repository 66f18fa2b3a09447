package dev.tideline.protocol;

/** Another run came first: its answer stands and is whole, so that there is nothing left to do. */
public final class LostRace extends CannotException {
    private static final long serialVersionUID = 1L;

    public LostRace(String message) {
        super(message);
    }
}
