using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Http;

/// <summary>Converts problem details that the framework writes, mostly for validation, to the shape of this API.</summary>
internal sealed class ProblemDetailsAdapter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails is HttpValidationProblemDetails invalid
            ? Problem.ForFields(
                invalid
                    .Errors.GroupBy(error => ToJsonName(error.Key))
                    .ToDictionary(field => field.Key, field => field.SelectMany(Messages).ToArray())
            )
            : HttpProblems.FromStatusCode(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode);

        await problem.ToHttp().ExecuteAsync(context.HttpContext);
    }

    private static IEnumerable<string> Messages(KeyValuePair<string, string[]> error) =>
        error.Value.Select(message =>
            error.Key.Length == 0 ? message
            : message.EndsWith("field is required.", StringComparison.Ordinal) ? RequestProblems.MissingField
            : message.Replace(error.Key, ToJsonName(error.Key), StringComparison.Ordinal)
        );

    // The validator uses C# names of fields, clients use JSON names.
    private static string ToJsonName(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
