using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace SaaS.Core.Http;

/// <summary>The names and types of an endpoint's query parameters, collected from its handler when the endpoint is built.</summary>
public sealed class QueryParameters
{
    private const string UnknownParameter = "Unknown query parameter.";

    private readonly FrozenDictionary<string, Type> _types;

    private QueryParameters(RouteEndpointBuilder route)
    {
        var inPath = route.RoutePattern.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _types = route
            .Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => IsQuery(parameter.ParameterInfo) && !inPath.Contains(parameter.Name))
            .ToFrozenDictionary(
                parameter => GetName(parameter),
                parameter => Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) ?? parameter.ParameterInfo.ParameterType
            );
    }

    public IEnumerable<string> Names => _types.Keys;

    /// <summary>Adds the query parameters to the metadata of each endpoint of the group.</summary>
    public static void AddTo(IEndpointConventionBuilder routes) =>
        routes.Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder route)
            {
                route.Metadata.Add(new QueryParameters(route));
            }
        });

    /// <returns>The problem with the query; null when it is valid.</returns>
    public Problem? Validate(IQueryCollection query)
    {
        var faults = query
            .Select(parameter => (parameter.Key, Fault: ValidateParameter(parameter.Key, parameter.Value)))
            .Where(parameter => parameter.Fault is not null)
            .ToDictionary(parameter => parameter.Key, parameter => new[] { parameter.Fault! });
        return faults.Count > 0 ? Problem.ForFields(faults) : null;
    }

    private string? ValidateParameter(string name, StringValues values) =>
        !_types.TryGetValue(name, out var type) ? UnknownParameter
        : values.Count > 1 ? "Must be given once."
        : ValidateParameter(type, values.ToString());

    private static string? ValidateParameter(Type type, string text) =>
        type switch
        {
            _ when type == typeof(bool) => bool.TryParse(text, out _) ? null : "Must be true or false.",
            _ when type == typeof(Guid) => Guid.TryParseExact(text, "D", out _) ? null : "Not a valid UUID.",
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
                ? null
                : "Not a valid integer.",
            _ when type == typeof(DateTimeOffset) => Rfc3339.TryParseTime(text, out _) ? null : Rfc3339.TimeExpected,
            _ when type == typeof(DateOnly) => Rfc3339.TryParseDate(text, out _) ? null : Rfc3339.DateExpected,
            _ => null,
        };

    private static bool IsQuery(ParameterInfo parameter)
    {
        var attributes = parameter.GetCustomAttributes(inherit: false);
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return attributes.OfType<IFromQueryMetadata>().Any()
            || (
                !attributes.Any(attribute =>
                    attribute is IFromHeaderMetadata or IFromBodyMetadata or IFromFormMetadata or IFromServiceMetadata
                )
                && (
                    type == typeof(string)
                    || type == typeof(bool)
                    || type == typeof(Guid)
                    || type == typeof(int)
                    || type == typeof(DateTimeOffset)
                    || type == typeof(DateOnly)
                )
            );
    }

    private static string GetName(IParameterBindingMetadata parameter) =>
        parameter.ParameterInfo.GetCustomAttributes(inherit: false).OfType<IFromQueryMetadata>().SingleOrDefault()?.Name ?? parameter.Name;
}

/// <summary>
/// Endpoint metadata: the query may contain unknown parameters, such as those that a provider appends to a redirect (RFC 6749, section
/// 4.1.2).
/// </summary>
public sealed record AllowsUnknownQueryParameters;

/// <summary>Rejects unknown and invalid query parameters, after authorization.</summary>
public sealed class QueryValidationMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var problem =
            http.Request.Query.Count > 0
            && http.GetEndpoint()?.Metadata is { } metadata
            && metadata.GetMetadata<QueryParameters>() is { } parameters
            && metadata.GetMetadata<AllowsUnknownQueryParameters>() is null
                ? parameters.Validate(http.Request.Query)
                : null;
        return problem is null ? next(http) : problem.ToHttp().ExecuteAsync(http);
    }
}
