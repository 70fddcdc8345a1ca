using System.ComponentModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace SaaS.Core.Http;

/// <summary>Turns the framework's exceptions about unreadable requests into problems.</summary>
public static partial class RequestProblems
{
    /// <summary>The error message for a missing required field.</summary>
    public const string MissingField = "Missing data for required field.";

    private const string UnreadableField = "Not a valid value.";

    private static readonly Problem BrokenBody = new(
        ProblemKind.Invalid,
        "BAD_REQUEST",
        "The request's body breaks the rules of its content type"
    );
    private static readonly string[] Missing = [MissingField];

    /// <returns>The problem; null when the exception is not about the request.</returns>
    public static Problem? FromException(Exception exception) =>
        exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest, InnerException: JsonException json } => FromJson(json),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad => FromBindingMessage(bad.Message),
            BadHttpRequestException bad => HttpProblems.FromStatusCode(bad.StatusCode),
            // An unknown charset, for which the framework has no exception type of its own.
            InvalidOperationException unknown
                when unknown.Message.StartsWith("Unable to read the request as JSON", StringComparison.Ordinal) =>
                HttpProblems.UnsupportedMediaType,
            InvalidDataException => BrokenBody,
            // MultipartReader throws this for a body that ends before its last boundary.
            IOException io when io.Message.StartsWith("Unexpected end of Stream", StringComparison.Ordinal) => BrokenBody,
            _ => null,
        };

    /// <summary>
    /// Finds the optional query parameters that could not be parsed, for which the framework's generated code returns only 400.
    /// </summary>
    public static Problem FromQuery(HttpContext http)
    {
        var unread = (http.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(parameter => parameter is { HasTryParse: true, IsOptional: true })
            .Select(parameter => (Field: ToFieldName(parameter.Name), parameter.ParameterInfo.ParameterType))
            .Where(parameter =>
                http.Request.Query[parameter.Field].ToString() is { Length: > 0 } text
                && !TypeDescriptor.GetConverter(parameter.ParameterType).IsValid(text)
            )
            .ToDictionary(parameter => parameter.Field, parameter => new[] { AllowedFor(parameter.ParameterType) });
        return unread.Count > 0 ? Problem.ForFields(unread) : HttpProblems.BadRequest;
    }

    /// <summary>
    /// Returns the problems that binding may cause on this endpoint: a path that does not match, a value that cannot be parsed, an
    /// unreadable body.
    /// </summary>
    public static IEnumerable<Problem> GetBindingProblems(RouteEndpointBuilder route)
    {
        var constrained = route
            .RoutePattern.Parameters.Where(parameter => parameter.ParameterPolicies.Count > 0)
            .Select(parameter => parameter.Name)
            .ToHashSet();
        var reads = route
            .Metadata.OfType<IParameterBindingMetadata>()
            .Any(parameter => IsText(parameter) && !constrained.Contains(parameter.Name));
        var takesBody = route.Metadata.OfType<IAcceptsMetadata>().Any();
        return
        [
            .. constrained.Count > 0 ? [HttpProblems.NotFound] : Array.Empty<Problem>(),
            .. reads || takesBody ? [HttpProblems.BadRequest] : Array.Empty<Problem>(),
            .. takesBody ? [HttpProblems.TooLarge, HttpProblems.UnsupportedMediaType] : Array.Empty<Problem>(),
        ];
    }

    private static string AllowedFor(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var one when one == typeof(DateTimeOffset) => "Must be a time (ISO 8601), such as 2026-01-31T12:00:00Z.",
            var one when one == typeof(Guid) => "Must be a UUID.",
            var one when one == typeof(int) || one == typeof(long) => "Must be a whole number.",
            var one when one == typeof(bool) => "Must be true or false.",
            _ => UnreadableField,
        };

    // Values from the path, the query and headers are text.
    private static bool IsText(IParameterBindingMetadata parameter) =>
        parameter.HasTryParse
        || parameter.ParameterInfo.ParameterType == typeof(string)
        || Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) is not null;

    private static Problem FromJson(JsonException exception)
    {
        // "The JSON property 'x' could not be mapped to any .NET member contained in type 'T'."
        if (UnknownProperty().Match(exception.Message) is { Success: true } unknown)
        {
            return Problem.ForField(unknown.Groups[1].Value, "Unknown field.");
        }

        // "JSON deserialization for type 'T' was missing required properties including: 'a', 'b'."
        if (MissingProperties().Match(exception.Message) is { Success: true } missing)
        {
            return Problem.ForFields(Quoted().Matches(missing.Groups[1].Value).ToDictionary(name => name.Groups[1].Value, _ => Missing));
        }

        // "The property or field 'x' on type 'T' doesn't allow setting null values." and, of a record, "The constructor parameter 'X' …".
        if (
            exception.Message.Contains("doesn't allow", StringComparison.Ordinal)
            && exception.Path?.TrimStart('$', '.') is { Length: > 0 } nulled
        )
        {
            return Problem.ForField(nulled, "Field may not be null.");
        }

        var field = exception.Path?.TrimStart('$', '.');
        return string.IsNullOrEmpty(field)
            ? new Problem(ProblemKind.Invalid, "BAD_REQUEST", "The body is not valid JSON")
            : Problem.ForField(field, exception is FieldException told ? told.Message : Expected(exception));
    }

    // "The JSON value could not be converted to System.Guid. Path: $.user_id | …".
    private static string Expected(JsonException exception) =>
        ConvertedTo().Match(exception.Message).Groups[1].Value switch
        {
            "System.String" => "Not a valid string.",
            "System.Boolean" => "Must be true or false.",
            "System.Guid" => "Not a valid UUID.",
            "System.Int32" or "System.Int64" => "Not a valid integer.",
            _ => UnreadableField,
        };

    // "Failed to bind parameter "int page" from "x"." and "Required parameter "string name" was not provided from query string."
    private static Problem FromBindingMessage(string message) =>
        ParameterName().Match(message) is { Success: true } parameter
            ? Problem.ForField(ToFieldName(parameter.Groups[1].Value), UnreadableField)
            : HttpProblems.BadRequest;

    private static string ToFieldName(string parameter) => JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter);

    [GeneratedRegex("^The JSON property '([^']*)' could not be mapped")]
    private static partial Regex UnknownProperty();

    [GeneratedRegex("missing required properties including: (.*)$", RegexOptions.Singleline)]
    private static partial Regex MissingProperties();

    [GeneratedRegex(@"could not be converted to (?:System\.Nullable`1\[)?([\w.]+?)\]?\. Path")]
    private static partial Regex ConvertedTo();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("parameter \"[^\"]* (\\w+)\"")]
    private static partial Regex ParameterName();
}
