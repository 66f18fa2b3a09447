package dev.tideline.serve;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.connect.proto.ReleaseSessionRequest;
import org.apache.spark.connect.proto.UserContext;
import org.sparkproject.connect.protobuf.Descriptors.FieldDescriptor;
import org.sparkproject.connect.protobuf.Message;

/** The sessions of Spark Connect in use: so many, and no more. */
final class ConnectSessions {
    private final int most;
    private final Duration idle;
    /** When each was used last, the least recently used first. */
    private final Map<String, Instant> used = new LinkedHashMap<>(16, 0.75f, true);

    ConnectSessions(int most, Duration idle) {
        this.most = most;
        this.idle = idle;
    }

    int most() {
        return most;
    }

    /** Whether the session of {@code request} is in use already or may be one more. */
    synchronized boolean admit(Message request, Instant now) {
        FieldDescriptor id = request.getDescriptorForType().findFieldByName("session_id");
        FieldDescriptor user = request.getDescriptorForType().findFieldByName("user_context");
        if (id == null || user == null) {
            return true;
        }
        String session = ((UserContext) request.getField(user)).getUserId() + "/" + request.getField(id);
        if (request instanceof ReleaseSessionRequest) {
            used.remove(session);
            return true;
        }
        used.values().removeIf(last -> last.isBefore(now.minus(idle)));
        if (!used.containsKey(session) && used.size() >= most) {
            return false;
        }
        used.put(session, now);
        return true;
    }
}
