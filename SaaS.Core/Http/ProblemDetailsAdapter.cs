using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Http;

/// <summary>Gives problems that the framework writes itself (validation, mostly) the one shape that this API answers with.</summary>
internal sealed class ProblemDetailsAdapter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails is HttpValidationProblemDetails invalid
            ? Problem.OfFields(invalid.Errors.GroupBy(error => OnTheWire(error.Key)).ToDictionary(field => field.Key, field => field.SelectMany(Messages).ToArray()))
            : HttpProblems.OfStatus(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode);

        await problem.ToHttp().ExecuteAsync(context.HttpContext);
    }

    private static IEnumerable<string> Messages(KeyValuePair<string, string[]> error) =>
        error.Value.Select(message => error.Key.Length == 0 ? message
            : message.EndsWith("field is required.", StringComparison.Ordinal) ? RequestProblems.MissingField
            : message.Replace(error.Key, OnTheWire(error.Key), StringComparison.Ordinal));

    // The validator knows a field by its name in C#; callers know it by its name in JSON.
    private static string OnTheWire(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
