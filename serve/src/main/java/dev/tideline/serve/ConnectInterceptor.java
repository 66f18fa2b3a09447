package dev.tideline.serve;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.connect.proto.AnalyzePlanRequest;
import org.apache.spark.connect.proto.Command.CommandTypeCase;
import org.apache.spark.connect.proto.ConfigRequest;
import org.apache.spark.connect.proto.ConfigResponse;
import org.apache.spark.connect.proto.ExecutePlanRequest;
import org.apache.spark.connect.proto.KeyValue;
import org.sparkproject.connect.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.sparkproject.connect.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;
import org.sparkproject.connect.protobuf.Message;

/**
 * What a client of Spark Connect may send to a server that only reads. Its requests can do what no statement can: bring code,
 * keep tables in memory, read settings that hold secrets. What a query itself may do is said by {@link ReadOnlyExtensions}.
 */
public final class ConnectInterceptor implements ServerInterceptor {
    private static final Set<CommandTypeCase> COMMANDS = EnumSet.of(
            CommandTypeCase.SQL_COMMAND,
            CommandTypeCase.CREATE_DATAFRAME_VIEW,
            CommandTypeCase.REMOVE_CACHED_REMOTE_RELATION_COMMAND);

    /** Parts of a request, wherever they stand in it: a client's code, a source that it names, what the whole server would feel. */
    private static final Set<String> REFUSED = Set.of(
            // What it holds could be any of these; a client makes it of plans of 10 MB.
            "spark.connect.Plan.CompressedOperation",
            "spark.connect.CommonInlineUserDefinedFunction",
            "spark.connect.CommonInlineUserDefinedTableFunction",
            "spark.connect.CommonInlineUserDefinedDataSource",
            "spark.connect.TypedAggregateExpression",
            "spark.connect.MapPartitions",
            "spark.connect.GroupMap",
            "spark.connect.CoGroupMap",
            "spark.connect.ApplyInPandasWithState",
            "spark.connect.MlRelation",
            "spark.connect.Read.DataSource",
            "spark.connect.RelationChanges",
            "spark.connect.CreateTable",
            "spark.connect.CreateExternalTable",
            "spark.connect.CacheTable",
            "spark.connect.UncacheTable",
            "spark.connect.ClearCache",
            "spark.connect.RefreshTable",
            "spark.connect.RefreshByPath",
            "spark.connect.RecoverPartitions",
            "google.protobuf.Any");

    /** Each keeps views, plans and files on the server; Spark ends one that was not used for an hour. */
    private static final ConnectSessions SESSIONS = new ConnectSessions(100, Duration.ofHours(1));

    /** Found by Spark under {@code spark.connect.grpc.interceptor.classes}. */
    public ConnectInterceptor() {}

    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
            ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
        if (call.getMethodDescriptor().getFullMethodName().endsWith("/AddArtifacts")) {
            close(call, "files and classes of a client");
            return new ServerCall.Listener<>() {};
        }
        return new Requests<>(call, next.startCall(new Answers<>(call), headers));
    }

    private static void close(ServerCall<?, ?> call, String what) {
        call.close(
                Status.PERMISSION_DENIED.withDescription("Cannot take " + what + ": this server only reads its views"),
                new Metadata());
    }

    /** What {@code request} holds that is refused. */
    static Optional<String> refused(Object request) {
        if (request instanceof ConfigRequest config) {
            if (config.getOperation().getGetAll().hasPrefix()) {
                return Optional.of("a part of the settings, whose names would lack it");
            }
            return Stream.concat(
                            config.getOperation().getSet().getPairsList().stream()
                                    .map(KeyValue::getKey),
                            config.getOperation().getUnset().getKeysList().stream())
                    .filter(name -> !ClientSettings.mayBeSet(name))
                    .map(name -> "the setting " + name)
                    .findFirst();
        }
        if (request instanceof AnalyzePlanRequest analyze && analyze.hasPersist()) {
            return Optional.of("cache() and persist()");
        }
        if (request instanceof ExecutePlanRequest execute
                && execute.getPlan().hasCommand()
                && !COMMANDS.contains(execute.getPlan().getCommand().getCommandTypeCase())) {
            return Optional.of(
                    execute.getPlan().getCommand().getCommandTypeCase().name());
        }
        return request instanceof Message message ? part(message) : Optional.empty();
    }

    private static Optional<String> part(Message message) {
        if (REFUSED.contains(message.getDescriptorForType().getFullName())) {
            return Optional.of(message.getDescriptorForType().getName());
        }
        for (Object value : message.getAllFields().values()) {
            Collection<?> values = value instanceof Collection<?> many ? many : Set.of(value);
            for (Object one : values) {
                Optional<String> found = one instanceof Message inner ? part(inner) : Optional.empty();
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static final class Requests<A> extends SimpleForwardingServerCallListener<A> {
        private final ServerCall<A, ?> call;
        private boolean closed;

        Requests(ServerCall<A, ?> call, ServerCall.Listener<A> next) {
            super(next);
            this.call = call;
        }

        @Override
        public void onMessage(A request) {
            Optional<String> refused = refused(request);
            if (refused.isEmpty() && request instanceof Message message && !SESSIONS.admit(message, Instant.now())) {
                refused = Optional.of(
                        "one session more: there are " + SESSIONS.most() + " (end one, or come back later)");
            }
            if (refused.isPresent()) {
                closed = true;
                close(call, refused.get());
            } else {
                super.onMessage(request);
            }
        }

        @Override
        public void onHalfClose() {
            if (!closed) {
                super.onHalfClose();
            }
        }
    }

    /** Spark shows a session's settings whole, those of the store among them: a secret one has no value here. */
    private static final class Answers<A, B> extends SimpleForwardingServerCall<A, B> {
        Answers(ServerCall<A, B> call) {
            super(call);
        }

        @Override
        @SuppressWarnings("unchecked") // a message of the type that it was
        public void sendMessage(B answer) {
            super.sendMessage(answer instanceof ConfigResponse config ? (B) withoutSecrets(config) : answer);
        }
    }

    static ConfigResponse withoutSecrets(ConfigResponse settings) {
        ConfigResponse.Builder shown = settings.toBuilder();
        shown.getPairsBuilderList().stream()
                .filter(pair -> ClientSettings.isSecret(pair.getKey()) || ClientSettings.isSecret(pair.getValue()))
                .forEach(KeyValue.Builder::clearValue);
        return shown.build();
    }
}
