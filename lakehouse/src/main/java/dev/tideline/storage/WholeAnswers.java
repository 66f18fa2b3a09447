package dev.tideline.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;

/**
 * Refuses answers of S3 whose connection broke inside their headers, so that they are asked for again. The HTTP client takes the end
 * of a connection for the end of the headers: an object of unknown length is then read as if it were empty, and S3A, which asks
 * for its size or date, ends in a NullPointerException. (Over TLS, Java itself tells the end of a connection from a broken one.)
 *
 * <p>A size that is cut between its digits, as the last header that came, is not seen here: who reads must know when something is
 * whole, as a line of JSON or a Parquet file.
 */
public final class WholeAnswers implements ExecutionInterceptor {
    private static final List<String> OF_OBJECTS = List.of("Content-Length", "ETag", "Last-Modified");

    /** Called by S3A, by reflection. */
    public WholeAnswers() {}

    /** The Spark settings that make S3A use this. */
    public static Map<String, String> sparkSettings() {
        return Map.of("spark.hadoop.fs.s3a.audit.execution.interceptors", WholeAnswers.class.getName());
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
        SdkHttpResponse answer = context.httpResponse();
        boolean whole = !answer.isSuccessful()
                || switch (context.httpRequest().method()) {
                    case GET, HEAD ->
                        isObject(context.request())
                                ? OF_OBJECTS.stream().allMatch(header -> has(answer, header))
                                : has(answer, "Content-Length") || isChunked(answer);
                    default -> true;
                };
        if (!whole) {
            context.responseBody().ifPresent(WholeAnswers::hangUp);
            IOException torn = new IOException("the connection broke inside the headers of an answer");
            throw SdkClientException.create(torn.getMessage(), torn);
        }
    }

    private static boolean isObject(SdkRequest request) {
        return request instanceof GetObjectRequest || request instanceof HeadObjectRequest;
    }

    private static boolean isChunked(SdkHttpResponse answer) {
        return answer.firstMatchingHeader("Transfer-Encoding")
                .filter("chunked"::equalsIgnoreCase)
                .isPresent();
    }

    private static boolean has(SdkHttpResponse answer, String header) {
        return answer.firstMatchingHeader(header).isPresent();
    }

    private static void hangUp(InputStream body) {
        try {
            body.close();
        } catch (IOException broken) {
            // It is what this is about.
        }
    }
}
