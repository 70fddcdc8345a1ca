using System.ComponentModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace SaaS.Core.Http;

/// <summary>What the framework throws when it cannot read a request, in our words.</summary>
public static partial class RequestProblems
{
    /// <summary>What a field is told that must be there, whoever notices.</summary>
    public const string MissingField = "Missing data for required field.";

    private const string UnreadableField = "Not a valid value.";

    private static readonly Problem BrokenBody = new(ProblemKind.Invalid, "BAD_REQUEST", "The request's body breaks the rules of its content type");
    private static readonly string[] Missing = [MissingField];

    /// <returns>The refusal; null when the exception is not about the request.</returns>
    public static Problem? Of(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest, InnerException: JsonException json } => OfJson(json),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad => OfBinding(bad.Message),
        BadHttpRequestException bad => HttpProblems.OfStatus(bad.StatusCode),
        // A charset that is not known; thrown as if it were our fault.
        InvalidOperationException unknown when unknown.Message.StartsWith("Unable to read the request as JSON", StringComparison.Ordinal) => HttpProblems.UnsupportedMediaType,
        InvalidDataException => BrokenBody,
        // What MultipartReader throws, by no type of its own, for a body that ends before its last boundary.
        IOException io when io.Message.StartsWith("Unexpected end of Stream", StringComparison.Ordinal) => BrokenBody,
        _ => null,
    };

    /// <summary>
    /// Where an optional value of the query cannot be read, the code that is generated for a route says 400 and no more: this
    /// finds out which it was.
    /// </summary>
    public static Problem OfUnread(HttpContext http)
    {
        var unread = (http.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(parameter => parameter is { HasTryParse: true, IsOptional: true })
            .Select(parameter => (Field: FieldOf(parameter.Name), parameter.ParameterInfo.ParameterType))
            .Where(parameter => http.Request.Query[parameter.Field].ToString() is { Length: > 0 } text && !TypeDescriptor.GetConverter(parameter.ParameterType).IsValid(text))
            .ToDictionary(parameter => parameter.Field, parameter => new[] { AllowedFor(parameter.ParameterType) });
        return unread.Count > 0 ? Problem.OfFields(unread) : HttpProblems.BadRequest;
    }

    /// <summary>What may be wrong with a request to this route before its handler is asked: an address that its pattern does not fit, a text that is no value, a body that cannot be read.</summary>
    public static IEnumerable<Problem> FoundOn(RouteEndpointBuilder route)
    {
        var constrained = route.RoutePattern.Parameters.Where(parameter => parameter.ParameterPolicies.Count > 0).Select(parameter => parameter.Name).ToHashSet();
        var reads = route.Metadata.OfType<IParameterBindingMetadata>().Any(parameter => IsText(parameter) && !constrained.Contains(parameter.Name));
        var takesBody = route.Metadata.OfType<IAcceptsMetadata>().Any();
        return
        [
            .. constrained.Count > 0 ? [HttpProblems.NotFound] : Array.Empty<Problem>(),
            .. reads || takesBody ? [HttpProblems.BadRequest] : Array.Empty<Problem>(),
            .. takesBody ? [HttpProblems.TooLarge, HttpProblems.UnsupportedMediaType] : Array.Empty<Problem>(),
        ];
    }

    private static string AllowedFor(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var one when one == typeof(DateTimeOffset) => "Must be a time (ISO 8601), such as 2026-01-31T12:00:00Z.",
        var one when one == typeof(Guid) => "Must be a UUID.",
        var one when one == typeof(int) || one == typeof(long) => "Must be a whole number.",
        var one when one == typeof(bool) => "Must be true or false.",
        _ => UnreadableField,
    };

    // What a route takes from its path, its query or a header comes as text.
    private static bool IsText(IParameterBindingMetadata parameter) =>
        parameter.HasTryParse || parameter.ParameterInfo.ParameterType == typeof(string) || Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) is not null;

    private static Problem OfJson(JsonException exception)
    {
        // "The JSON property 'x' could not be mapped to any .NET member contained in type 'T'."
        if (UnknownProperty().Match(exception.Message) is { Success: true } unknown)
        {
            return Problem.OfField(unknown.Groups[1].Value, "Unknown field.");
        }

        // "JSON deserialization for type 'T' was missing required properties including: 'a', 'b'."
        if (MissingProperties().Match(exception.Message) is { Success: true } missing)
        {
            return Problem.OfFields(Quoted().Matches(missing.Groups[1].Value).ToDictionary(name => name.Groups[1].Value, _ => Missing));
        }

        // "The property or field 'x' on type 'T' doesn't allow setting null values." and, of a record, "The constructor parameter 'X' …".
        if (exception.Message.Contains("doesn't allow", StringComparison.Ordinal) && exception.Path?.TrimStart('$', '.') is { Length: > 0 } nulled)
        {
            return Problem.OfField(nulled, "Field may not be null.");
        }

        var field = exception.Path?.TrimStart('$', '.');
        return string.IsNullOrEmpty(field)
            ? new Problem(ProblemKind.Invalid, "BAD_REQUEST", "The body is not valid JSON")
            : Problem.OfField(field, exception is FieldException told ? told.Message : Expected(exception));
    }

    // "The JSON value could not be converted to System.Guid. Path: $.user_id | …".
    private static string Expected(JsonException exception) => ConvertedTo().Match(exception.Message).Groups[1].Value switch
    {
        "System.String" => "Not a valid string.",
        "System.Boolean" => "Must be true or false.",
        "System.Guid" => "Not a valid UUID.",
        "System.Int32" or "System.Int64" => "Not a valid integer.",
        _ => UnreadableField,
    };

    // "Failed to bind parameter "int page" from "x"." and "Required parameter "string name" was not provided from query string."
    private static Problem OfBinding(string message) =>
        ParameterName().Match(message) is { Success: true } parameter
            ? Problem.OfField(FieldOf(parameter.Groups[1].Value), UnreadableField)
            : HttpProblems.BadRequest;

    private static string FieldOf(string parameter) => JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter);

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
