package dev.tideline.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tideline.serving.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.connect.proto.AnalyzePlanRequest;
import org.apache.spark.connect.proto.Base;
import org.apache.spark.connect.proto.Catalog;
import org.apache.spark.connect.proto.ClearCache;
import org.apache.spark.connect.proto.Command;
import org.apache.spark.connect.proto.CommonInlineUserDefinedFunction;
import org.apache.spark.connect.proto.ConfigRequest;
import org.apache.spark.connect.proto.ConfigResponse;
import org.apache.spark.connect.proto.ExecutePlanRequest;
import org.apache.spark.connect.proto.Expression;
import org.apache.spark.connect.proto.Filter;
import org.apache.spark.connect.proto.KeyValue;
import org.apache.spark.connect.proto.MapPartitions;
import org.apache.spark.connect.proto.Plan;
import org.apache.spark.connect.proto.Read;
import org.apache.spark.connect.proto.Relation;
import org.apache.spark.connect.proto.SQL;
import org.apache.spark.connect.proto.SqlCommand;
import org.apache.spark.connect.proto.UserContext;
import org.apache.spark.connect.proto.WriteOperation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparkproject.connect.protobuf.Descriptors;
import org.sparkproject.connect.protobuf.DynamicMessage;
import org.sparkproject.connect.protobuf.Message;

@Tag("lane-b")
class ConnectInterceptorTest {
    private static final Relation VIEW = Relation.newBuilder()
            .setRead(Read.newBuilder()
                    .setNamedTable(Read.NamedTable.newBuilder().setUnparsedIdentifier("clicks_by_ad_1m")))
            .build();
    private static final Relation FILE = Relation.newBuilder()
            .setRead(Read.newBuilder()
                    .setDataSource(
                            Read.DataSource.newBuilder().setFormat("text").addPaths("/etc/passwd")))
            .build();
    private static final Relation CODE = Relation.newBuilder()
            .setFilter(Filter.newBuilder()
                    .setInput(VIEW)
                    .setCondition(Expression.newBuilder()
                            .setCommonInlineUserDefinedFunction(CommonInlineUserDefinedFunction.newBuilder())))
            .build();

    @Test
    void takesQueriesOfViewsAndTemporaryViews() {
        assertThat(ConnectInterceptor.refused(query(VIEW))).isEmpty();
        assertThat(ConnectInterceptor.refused(query(sql("SELECT 1")))).isEmpty();
        assertThat(ConnectInterceptor.refused(command(Command.newBuilder()
                        .setSqlCommand(SqlCommand.newBuilder().setInput(sql("SELECT 1"))))))
                .isEmpty();
        assertThat(ConnectInterceptor.refused(command(Command.newBuilder()
                        .setCreateDataframeView(org.apache.spark.connect.proto.CreateDataFrameViewCommand.newBuilder()
                                .setInput(VIEW)
                                .setName("mine")))))
                .isEmpty();
        assertThat(ConnectInterceptor.refused(set("spark.sql.session.timeZone")))
                .isEmpty();
    }

    @Test
    void refusesCodeAndSourcesWhereverTheyStand() {
        Relation partitions = Relation.newBuilder()
                .setMapPartitions(MapPartitions.newBuilder().setInput(VIEW))
                .build();
        Relation cache = Relation.newBuilder()
                .setCatalog(Catalog.newBuilder().setClearCache(ClearCache.newBuilder()))
                .build();
        for (Relation relation : List.of(FILE, CODE, partitions, cache)) {
            assertThat(ConnectInterceptor.refused(query(relation))).isPresent();
            assertThat(ConnectInterceptor.refused(command(Command.newBuilder()
                            .setSqlCommand(SqlCommand.newBuilder().setInput(relation)))))
                    .isPresent();
            assertThat(ConnectInterceptor.refused(AnalyzePlanRequest.newBuilder()
                            .setSchema(AnalyzePlanRequest.Schema.newBuilder()
                                    .setPlan(Plan.newBuilder().setRoot(relation)))
                            .build()))
                    .isPresent();
        }
    }

    @Test
    void refusesEveryOtherCommand() {
        assertThat(ConnectInterceptor.refused(command(Command.newBuilder()
                        .setWriteOperation(WriteOperation.newBuilder().setInput(VIEW)))))
                .contains("WRITE_OPERATION");
        assertThat(ConnectInterceptor.refused(command(
                        Command.newBuilder().setRegisterFunction(CommonInlineUserDefinedFunction.newBuilder()))))
                .contains("REGISTER_FUNCTION");
        assertThat(ConnectInterceptor.refused(AnalyzePlanRequest.newBuilder()
                        .setPersist(AnalyzePlanRequest.Persist.newBuilder().setRelation(VIEW))
                        .build()))
                .isPresent();
    }

    @Test
    void refusesSettingsThatAreNotAClients() {
        assertThat(ConnectInterceptor.refused(set("spark.sql.runSQLOnFiles")))
                .contains("the setting spark.sql.runSQLOnFiles");
        assertThat(ConnectInterceptor.refused(ConfigRequest.newBuilder()
                        .setOperation(ConfigRequest.Operation.newBuilder()
                                .setGetAll(ConfigRequest.GetAll.newBuilder().setPrefix("spark.hadoop.fs.s3a.secret.")))
                        .build()))
                .isPresent();
    }

    /** Spark finds a session by these two ids, which a client chooses. */
    @Test
    void theIdsOfASessionAreOfTheTokenThatSendsThem() {
        Tokens.Known one = new Tokens.Known("a1", Access.WHOLE);
        Tokens.Known other = new Tokens.Known("b2", Access.WHOLE);
        List<Message> requests = requests();
        assertThat(requests).hasSizeGreaterThan(8);
        for (Message request : requests) {
            assertThat(userOf(ConnectInterceptor.ofItsClient(request, one))).isEqualTo("a1/ana");
            assertThat(userOf(ConnectInterceptor.ofItsClient(request, other))).isEqualTo("b2/ana");
            assertThat(userOf(ConnectInterceptor.ofItsClient(request, Tokens.Known.ANYONE)))
                    .isEqualTo("ana");
        }
    }

    @Test
    void aSessionIsOpenedForAClientAlone() {
        assertThatThrownBy(ConnectInterceptor::access).hasMessageContaining("no client asks for it");
    }

    /** One of each kind that the service takes, all of which a user sends. */
    private static List<Message> requests() {
        List<Message> requests = new ArrayList<>();
        for (Descriptors.MethodDescriptor method :
                Base.getDescriptor().getServices().get(0).getMethods()) {
            Message.Builder request = DynamicMessage.newBuilder(method.getInputType());
            request.setField(
                    method.getInputType().findFieldByName("user_context"),
                    UserContext.newBuilder().setUserId("ana").build());
            requests.add(parsed(method, request.build()));
        }
        return requests;
    }

    private static Message parsed(Descriptors.MethodDescriptor method, Message request) {
        try {
            Class<?> type = Class.forName(
                    "org.apache.spark.connect.proto." + method.getInputType().getName());
            return (Message) type.getMethod("parseFrom", byte[].class).invoke(null, (Object) request.toByteArray());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static String userOf(Message request) {
        Object user = request.getField(request.getDescriptorForType().findFieldByName("user_context"));
        return ((UserContext) user).getUserId();
    }

    @Test
    void showsNoSecret() {
        ConfigResponse.Builder all = ConfigResponse.newBuilder();
        Map<String, String> settings = Map.of(
                "spark.sql.session.timeZone", "UTC",
                "spark.hadoop.fs.s3a.secret.key", "hidden",
                "spark.hadoop.fs.s3a.access.key", "hidden",
                "spark.connect.authenticate.token", "hidden",
                "spark.kafka.sasl.jaas.config", "hidden",
                "spark.url", "jdbc:x?password=hidden");
        settings.forEach(
                (key, value) -> all.addPairs(KeyValue.newBuilder().setKey(key).setValue(value)));
        ConfigResponse shown = ConnectInterceptor.withoutSecrets(all.build());
        assertThat(shown.getPairsCount()).isEqualTo(settings.size());
        assertThat(shown.toString()).doesNotContain("hidden").contains("UTC");
    }

    private static Relation sql(String query) {
        return Relation.newBuilder().setSql(SQL.newBuilder().setQuery(query)).build();
    }

    private static ExecutePlanRequest query(Relation relation) {
        return ExecutePlanRequest.newBuilder()
                .setPlan(Plan.newBuilder().setRoot(relation))
                .build();
    }

    private static ExecutePlanRequest command(Command.Builder command) {
        return ExecutePlanRequest.newBuilder()
                .setPlan(Plan.newBuilder().setCommand(command))
                .build();
    }

    private static ConfigRequest set(String name) {
        return ConfigRequest.newBuilder()
                .setOperation(ConfigRequest.Operation.newBuilder()
                        .setSet(ConfigRequest.Set.newBuilder()
                                .addPairs(KeyValue.newBuilder().setKey(name).setValue("x"))))
                .build();
    }
}
