package dev.tideline.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tideline.app.Tideline;
import dev.tideline.app.config.Config;
import dev.tideline.app.config.Sessions;
import dev.tideline.app.config.Settings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.deploy.SparkSubmitArguments;
import org.apache.spark.deploy.k8s.KubernetesConf;
import org.apache.spark.deploy.k8s.KubernetesDriverConf;
import org.apache.spark.deploy.k8s.SparkPod;
import org.apache.spark.deploy.k8s.submit.ClientArguments;
import org.apache.spark.deploy.k8s.submit.KubernetesDriverBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What docs/GUIDE-KUBERNETES.md tells to apply and to submit, without a Kubernetes: names and types of fields by the classes of
 * its API, what one file says of another, and the driver's pod by Spark's own steps.
 */
class KubernetesTest {
    private static final Path FOLDER = Readme.HOME.resolve("kubernetes");
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "v1 ServiceAccount", ServiceAccount.class,
            "v1 ConfigMap", ConfigMap.class,
            "v1 Service", Service.class,
            "v1 Pod", Pod.class,
            "rbac.authorization.k8s.io/v1 Role", Role.class,
            "rbac.authorization.k8s.io/v1 RoleBinding", RoleBinding.class,
            "apps/v1 Deployment", Deployment.class,
            "batch/v1 CronJob", CronJob.class);

    static {
        // The classes keep what they do not know, for users who extend the API.
        YAML.setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
            @Override
            public Boolean hasAnySetter(Annotated annotated) {
                return false;
            }
        });
    }

    @TempDir
    Path dir;

    @Test
    void everyManifestIsOfTheApi() throws IOException {
        assertThat(manifests()).hasSize(12);
        assertThatThrownBy(() -> read(
                        Files.readString(FOLDER.resolve("streams.yaml")).replace("restartPolicy:", "restartPolcy:")))
                .isInstanceOf(UnrecognizedPropertyException.class)
                .hasMessageContaining("restartPolcy");
    }

    @Test
    void whatAManifestRefersToIsThere() throws IOException {
        Set<String> names = new TreeSet<>();
        manifests()
                .forEach(it -> names.add(it.getKind() + " " + it.getMetadata().getName()));
        Readme.read("docs/GUIDE-KUBERNETES.md")
                .all("(?m)^kubectl -n tideline create secret generic (\\S+)")
                .forEach(secret -> names.add("Secret " + secret));
        Set<String> used = new TreeSet<>();
        for (PodSpec pod : pods().values()) {
            used.add("ServiceAccount "
                    + Optional.ofNullable(pod.getServiceAccountName()).orElse("tideline"));
            pod.getVolumes().stream()
                    .filter(volume -> volume.getConfigMap() != null)
                    .forEach(volume ->
                            used.add("ConfigMap " + volume.getConfigMap().getName()));
            environment(pod)
                    .filter(variable -> variable.getValueFrom() != null
                            && variable.getValueFrom().getSecretKeyRef() != null)
                    .forEach(variable -> used.add("Secret "
                            + variable.getValueFrom().getSecretKeyRef().getName()));
            Container container = only(pod.getContainers());
            assertThat(container.getVolumeMounts())
                    .allMatch(mount ->
                            pod.getVolumes().stream().map(Volume::getName).anyMatch(mount.getName()::equals));
        }
        all(RoleBinding.class).forEach(binding -> {
            used.add(binding.getRoleRef().getKind() + " " + binding.getRoleRef().getName());
            binding.getSubjects().forEach(it -> used.add(it.getKind() + " " + it.getName()));
        });

        assertThat(names).containsAll(used);
        for (Deployment deployment : all(Deployment.class)) {
            assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
        }
        for (Service service : all(Service.class)) {
            assertThat(all(Deployment.class).stream()
                            .map(it -> it.getSpec().getTemplate())
                            .filter(it -> it.getMetadata()
                                    .getLabels()
                                    .entrySet()
                                    .containsAll(service.getSpec().getSelector().entrySet()))
                            .map(PodTemplateSpec::getSpec))
                    .hasSize(1)
                    .allMatch(pod -> ports(only(pod.getContainers()))
                            .contains(only(service.getSpec().getPorts())
                                    .getTargetPort()
                                    .getStrVal()));
        }
    }

    @Test
    void podsAreNobodyAndHoldNoSecretAndHaveLimitsAndStreamsAreProbed() throws IOException {
        assertThat(pods()).hasSize(6);
        pods().forEach((name, pod) -> {
            Container container = only(pod.getContainers());
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).as(name).isTrue();
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .as(name)
                    .isFalse();
            assertThat(environment(pod).filter(it -> it.getName().matches("AWS_.*|.*TOKEN.*")))
                    .as(name)
                    .allMatch(it -> it.getValue() == null && it.getValueFrom().getSecretKeyRef() != null);
            if (!name.equals("driver-pod.yaml")) {
                assertThat(container.getResources().getLimits()).as(name).containsKey("memory");
                assertThat(container.getResources().getRequests()).as(name).containsKeys("cpu", "memory");
            }
        });
        for (Deployment deployment : all(Deployment.class)) {
            PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            Container container = only(pod.getContainers());
            assertThat(pod.getRestartPolicy()).isEqualTo("Always");
            assertThat(Stream.of(
                            container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                    .extracting(Probe::getHttpGet)
                    .allMatch(get -> ports(container).contains(get.getPort().getStrVal()));
        }
    }

    @Test
    void everyCommandAndTheConfigurationIsOneThatWeTake() throws IOException {
        List<List<String>> commands = new ArrayList<>();
        for (PodSpec pod : pods().values()) {
            List<String> words = only(pod.getContainers()).getCommand();
            if (!words.isEmpty()) {
                int jar = words.indexOf("/opt/tideline/tideline.jar");
                commands.add(words.subList(jar + 1, words.size()));
            }
        }
        assertThat(commands).hasSize(5);
        for (List<String> command : commands) {
            parse(command);
        }

        Map<String, String> data = only(all(ConfigMap.class)).getData();
        Path file = Files.writeString(dir.resolve("tideline.yaml"), data.get("tideline.yaml"));
        assertThat(Config.of(Settings.of(Optional.of(file), Map.of(), List.of()))
                        .lake())
                .isEqualTo("s3a://bucket/lake");
        Properties spark = new Properties();
        spark.load(new StringReader(data.get("spark-defaults.conf")));
        Set<Object> known = new TreeSet<>(spark.keySet());
        assertThat(spark)
                .containsEntry("spark.kubernetes.container.image", image())
                .containsEntry("spark.kubernetes.authenticate.executor.serviceAccountName", "tideline");
        assertThat(known).noneMatch(key -> key.toString().matches(".*(secret[.]key|password|token)$"));
    }

    @Test
    void theImageIsOfTheSparkThatWeBuildWithAndNoRoot() throws IOException {
        List<String> dockerfile = Files.readAllLines(Readme.HOME.resolve("packaging/Dockerfile"));
        String version = Readme.read("pom.xml").only("<spark.version>(.*)</spark.version>");

        assertThat(dockerfile)
                .anyMatch(line -> line.startsWith("ARG SPARK_IMAGE=apache/spark:" + version + "-scala2.13-java17"))
                .anyMatch(line -> line.matches("COPY .* app/target/tideline.jar /opt/tideline/tideline.jar"));
        assertThat(dockerfile.get(dockerfile.size() - 1)).isEqualTo("USER 185");
        assertThat(Files.readAllLines(Readme.HOME.resolve(".dockerignore"))).contains("!app/target/tideline.jar");
    }

    @Test
    void theDriversPodOfTheGuideIsWhatItSays() throws IOException {
        SparkPod made = driver();
        Pod pod = made.pod();
        Container container = made.container();

        assertThat(container.getImage()).isEqualTo(image());
        assertThat(container.getArgs())
                .containsSequence("driver", "--properties-file")
                .containsSequence(
                        "--class", "dev.tideline.app.Tideline", "local:///opt/tideline/tideline.jar", "recompute")
                .endsWith("--feed", "clicks", "--dirty", "--config", "/etc/tideline/tideline.yaml");
        parse(container
                .getArgs()
                .subList(
                        container.getArgs().indexOf("recompute"),
                        container.getArgs().size()));
        assertThat(pod.getMetadata().getLabels()).containsEntry("app", "tideline");
        assertThat(pod.getSpec().getServiceAccountName()).isEqualTo("tideline-driver");
        assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
        assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getResources().getLimits().get("memory").toString())
                .isEqualTo("2432Mi");
        assertThat(container.getVolumeMounts())
                .anyMatch(mount -> mount.getMountPath().equals("/etc/tideline")
                        && mount.getName().equals("configuration"));
        assertThat(pod.getSpec().getVolumes())
                .anyMatch(volume -> volume.getName().equals("configuration")
                        && volume.getConfigMap().getName().equals("tideline"));
        Map<String, String> secrets = new LinkedHashMap<>();
        container.getEnv().stream()
                .filter(variable -> variable.getName().startsWith("AWS_"))
                .forEach(variable -> {
                    assertThat(variable.getValue()).isNull();
                    secrets.put(
                            variable.getName(),
                            variable.getValueFrom().getSecretKeyRef().getName() + ":"
                                    + variable.getValueFrom().getSecretKeyRef().getKey());
                });
        assertThat(secrets)
                .containsEntry("AWS_ACCESS_KEY_ID", "tideline-s3:access-key")
                .containsEntry("AWS_SECRET_ACCESS_KEY", "tideline-s3:secret-key");
    }

    /** What spark-submit would send for the guide's line. */
    private static SparkPod driver() throws IOException {
        String line = Readme.read("docs/GUIDE-KUBERNETES.md")
                .only("(?s)(?<=\n)spark-submit (--master k8s://.*?)\n```")
                .replace("\\\n", " ")
                .replace(
                        "kubernetes/driver-pod.yaml",
                        FOLDER.resolve("driver-pod.yaml").toString());
        Seq<String> words =
                CollectionConverters.asScala(List.of(line.trim().split("\\s+"))).toSeq();
        Tuple4<Seq<String>, Seq<String>, SparkConf, String> submitted = new SparkSubmit()
                .prepareSubmitEnvironment(
                        new SparkSubmitArguments(words, scala.collection.immutable.Map$.MODULE$.empty()),
                        Option.empty());
        assertThat(submitted._4()).isEqualTo("org.apache.spark.deploy.k8s.submit.KubernetesClientApplication");
        ClientArguments arguments = ClientArguments.fromCommandLineArgs(
                CollectionConverters.asJava(submitted._1()).toArray(String[]::new));
        KubernetesDriverConf conf = KubernetesConf.createDriverConf(
                submitted._3(),
                "spark-1",
                arguments.mainAppResource(),
                arguments.mainClass(),
                arguments.driverArgs(),
                arguments.proxyUser());
        assertThat(conf.namespace()).isEqualTo("tideline");
        try (KubernetesClient nowhere = new KubernetesClientBuilder()
                .withConfig(new io.fabric8.kubernetes.client.ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                        .withMasterUrl("https://127.0.0.1:1")
                        .build())
                .build()) {
            return new KubernetesDriverBuilder()
                    .buildFromFeatures(conf, nowhere)
                    .pod();
        }
    }

    private static void parse(List<String> command) {
        StringWriter said = new StringWriter();
        new Tideline(Sessions.own(), Map.of(), new PrintWriter(said), new PrintWriter(said))
                .commandLine()
                .parseArgs(command.toArray(String[]::new));
    }

    private static Stream<EnvVar> environment(PodSpec pod) {
        return only(pod.getContainers()).getEnv().stream();
    }

    private static List<String> ports(Container container) {
        return container.getPorts().stream().map(port -> port.getName()).toList();
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    /** The image that every pod and every executor runs. */
    private static String image() throws IOException {
        return only(pods().values().stream()
                .map(pod -> only(pod.getContainers()).getImage())
                .filter(image -> image != null)
                .distinct()
                .toList());
    }

    /** The pods that there are, by the names of what makes them. */
    private static Map<String, PodSpec> pods() throws IOException {
        Map<String, PodSpec> pods = new LinkedHashMap<>();
        all(Deployment.class)
                .forEach(it -> pods.put(
                        it.getMetadata().getName(), it.getSpec().getTemplate().getSpec()));
        all(CronJob.class)
                .forEach(it -> pods.put(
                        it.getMetadata().getName(),
                        it.getSpec().getJobTemplate().getSpec().getTemplate().getSpec()));
        pods.put("driver-pod.yaml", only(all(Pod.class)).getSpec());
        return pods;
    }

    private static <T extends HasMetadata> List<T> all(Class<T> kind) throws IOException {
        return manifests().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static List<HasMetadata> manifests() throws IOException {
        List<HasMetadata> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.sorted().toList()) {
                all.addAll(read(Files.readString(file)));
            }
        }
        return all;
    }

    private static List<HasMetadata> read(String documents) throws IOException {
        List<HasMetadata> read = new ArrayList<>();
        for (String document : documents.split("(?m)^---$")) {
            JsonNode tree = YAML.readTree(document);
            String kind =
                    tree.path("apiVersion").asText() + " " + tree.path("kind").asText();
            assertThat(KINDS).containsKey(kind);
            read.add(YAML.treeToValue(tree, KINDS.get(kind)));
        }
        return read;
    }
}
