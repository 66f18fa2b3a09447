/** The HTTP API: questions with parameters, answers in JSON that say how fresh, complete and final they are. */
package dev.tideline.serve.http;
