package dev.tideline.decode;

import dev.tideline.decode.format.Decoder;
import dev.tideline.decode.format.HashKey;
import dev.tideline.decode.format.ProtectingDecoder;
import dev.tideline.decode.json.JsonDecoder;
import dev.tideline.feed.Feed;

/** The decoder of each format. A format is added here, and as a value of {@link dev.tideline.feed.Format}. */
final class Decoders {
    private Decoders() {}

    static Decoder of(Feed feed) {
        Decoder decoder = switch (feed.format()) {
            case JSON -> new JsonDecoder(feed.schema(), feed.accept().size());
        };
        return feed.protection().hides()
                ? new ProtectingDecoder(decoder, feed.schema(), feed.protection(), HashKey.of(feed))
                : decoder;
    }
}
