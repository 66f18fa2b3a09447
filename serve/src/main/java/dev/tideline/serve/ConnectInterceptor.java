package dev.tideline.serve;

import dev.tideline.protocol.CannotException;
import dev.tideline.serving.Access;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.connect.proto.AnalyzePlanRequest;
import org.apache.spark.connect.proto.CloneSessionRequest;
import org.apache.spark.connect.proto.Command.CommandTypeCase;
import org.apache.spark.connect.proto.ConfigRequest;
import org.apache.spark.connect.proto.ConfigResponse;
import org.apache.spark.connect.proto.ExecutePlanRequest;
import org.apache.spark.connect.proto.KeyValue;
import org.apache.spark.connect.proto.UserContext;
import org.sparkproject.connect.grpc.Context;
import org.sparkproject.connect.grpc.Contexts;
import org.sparkproject.connect.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.sparkproject.connect.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;
import org.sparkproject.connect.protobuf.Descriptors.FieldDescriptor;
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

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<Access> ACCESS = Context.key("access");

    /** Spark makes an interceptor by its class alone, so it is told here whom it lets in: nobody before that. */
    private static volatile Optional<Tokens> tokens = Optional.empty();

    /** Found by Spark under {@code spark.connect.grpc.interceptor.classes}. */
    public ConnectInterceptor() {}

    /** Lets clients in that bring one of {@code known}. */
    static void admit(Tokens known) {
        tokens = Optional.of(known);
    }

    /** What the client may see whose request this thread works on. */
    static Access access() {
        Access access = ACCESS.get();
        if (access == null) {
            throw new CannotException("Cannot open a session: no client asks for it");
        }
        return access;
    }

    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
            ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
        Optional<Tokens.Known> client = tokens.flatMap(known -> known.known(headers.get(AUTHORIZATION)));
        if (client.isEmpty()) {
            call.close(
                    Status.UNAUTHENTICATED.withDescription(
                            "Cannot answer: the token is missing or wrong (sc://…/;token=<token>)"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        if (call.getMethodDescriptor().getFullMethodName().endsWith("/AddArtifacts")) {
            close(call, "files and classes of a client");
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(
                Context.current().withValue(ACCESS, client.get().access()),
                call,
                headers,
                (to, with) -> new Requests<>(to, client.get(), next.startCall(new Answers<>(to), with)));
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
        if (request instanceof CloneSessionRequest) {
            return Optional.of("a copy of a session, whose id is not looked at");
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
        if (!(request instanceof Message message)
                || message.getDescriptorForType().findFieldByName("user_context") == null) {
            return Optional.of("a request without a user");
        }
        return part(message);
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

    /**
     * The same request by a user of the token's own: Spark finds a session by the ids of user and session that a client sends, so
     * those of clients with other tokens are not to be found, whatever ids it sends.
     */
    static Message ofItsClient(Message request, Tokens.Known client) {
        if (client.equals(Tokens.Known.ANYONE)) {
            return request;
        }
        FieldDescriptor field = request.getDescriptorForType().findFieldByName("user_context");
        UserContext user = (UserContext) request.getField(field);
        return request.toBuilder()
                .setField(
                        field,
                        user.toBuilder()
                                .setUserId(client.sha256() + "/" + user.getUserId())
                                .build())
                .build();
    }

    private static final class Requests<A> extends SimpleForwardingServerCallListener<A> {
        private final ServerCall<A, ?> call;
        private final Tokens.Known client;
        private boolean closed;

        Requests(ServerCall<A, ?> call, Tokens.Known client, ServerCall.Listener<A> next) {
            super(next);
            this.call = call;
            this.client = client;
        }

        @Override
        @SuppressWarnings("unchecked") // a message of the type that it was
        public void onMessage(A sent) {
            Optional<String> refused = refused(sent);
            Message request = refused.isPresent() ? null : ofItsClient((Message) sent, client);
            if (refused.isEmpty() && !SESSIONS.admit(request, Instant.now())) {
                refused = Optional.of(
                        "one session more: there are " + SESSIONS.most() + " (end one, or come back later)");
            }
            if (refused.isPresent()) {
                closed = true;
                close(call, refused.get());
            } else {
                super.onMessage((A) request);
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
